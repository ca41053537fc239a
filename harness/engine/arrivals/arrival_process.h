// When requests are meant to be sent.
//
// A pure generator: no clock, no waiting, the same times for the same seed. Times are
// offsets from the start of the trial (the start of warm-up). Owned by one load worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/clock.h"
#include "core/rate_stage.h"

namespace contend {

class ArrivalProcess {
   public:
    virtual ~ArrivalProcess() = default;

    /// Open loop: the next intended time, never earlier than the one before. It MUST NOT
    /// depend on responses, and there is always one. Closed loop: none.
    virtual std::optional<Nanoseconds> next() = 0;

    /// Closed loop: when a user whose request ended at `completed` means to send the next
    /// one. Open loop: none.
    virtual std::optional<Nanoseconds> after_completion(Nanoseconds completed) = 0;
};

/// What an arrival process may be told. A trial of several workers splits its rate: worker
/// `worker` of `workers` gets every workers-th arrival of a constant process, and an
/// independent process of rate / workers for Poisson.
struct ArrivalParameters {
    double rate_per_s = 0.0;  // of the whole trial; with stages, the one that it starts with
    Nanoseconds warmup{0};    // stages and recorded times begin behind it
    std::span<const RateStage> stages{};
    std::span<const Nanoseconds> recorded{};  // times from the end of warm-up on
    Nanoseconds think{0};
    std::uint64_t seed = 1;
    std::size_t worker = 0;
    std::size_t workers = 1;
};

/// The rates of an open loop: from a request in twelve days to one a nanosecond.
constexpr double kLowestRate = 1e-6;
constexpr double kHighestRate = 1e9;

struct ArrivalKind {
    std::string_view name;
    std::string_view summary;  // one line for --help
    bool open_loop;            // needs a rate_per_s from kLowestRate to kHighestRate
    bool takes_stages;
    std::unique_ptr<ArrivalProcess> (*make)(const ArrivalParameters&);
};

/// All arrival processes there are, in registry.cpp.
std::span<const ArrivalKind> arrival_kinds();

/// Throws std::invalid_argument, naming the kinds there are, when `name` is none of them or
/// its parameters do not fit.
std::unique_ptr<ArrivalProcess> make_arrival_process(std::string_view name,
                                                     const ArrivalParameters& parameters);

}  // namespace contend
