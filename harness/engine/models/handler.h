// What a request makes its server do: a handler program of steps, and a mix of such programs.
//
// "cpu=2ms,io=10ms,cpu=50us" (interface.md, "Handlers"). Immutable values; the durations are
// drawn step by step from the caller's generator.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/distribution.h"
#include "core/random.h"

namespace contend {

enum class StepKind : std::uint8_t {
    kCpu,   // computes
    kIo,    // waits for something outside the server
    kPool,  // blocks a thread of the model's pool, where it has one; else its own
};

struct Step {
    StepKind kind;
    Distribution duration;
};

/// A step whose duration has been drawn.
struct TimedStep {
    StepKind kind;
    Nanoseconds duration;
};

using Handler = std::vector<Step>;

/// Throws std::invalid_argument, saying what is wrong and what is allowed.
Handler parse_handler(std::string_view text);

/// How far one request has come in its handler, which outlives it.
class HandlerRun {
   public:
    HandlerRun() = default;
    HandlerRun(const Handler& handler, Random& random)
        : next_(handler.data()), end_(handler.data() + handler.size()), random_(&random) {}
    HandlerRun(const Step& only, Random& random)
        : next_(&only), end_(&only + 1), random_(&random) {}

    /// The next step, or none when the request is to be answered.
    std::optional<TimedStep> next_step() {
        if (next_ == end_) {
            return std::nullopt;
        }
        const Step& step = *next_++;
        return TimedStep{step.kind, step.duration.sample(*random_)};
    }

   private:
    const Step* next_ = nullptr;
    const Step* end_ = nullptr;
    Random* random_ = nullptr;
};

/// The generator of one of a server's streams of draws. Streams differ from each other and
/// from a client's with the same seed: a class drawn from the numbers that the gaps between
/// arrivals are drawn from would put every rare request behind a rare gap.
[[nodiscard]] inline Random server_random(std::uint64_t seed, std::uint64_t stream = 0) noexcept {
    Random mixed(seed ^ 0xd1b54a32d192ed03ULL);
    return Random(mixed.next() + stream);
}

struct WeightedHandler {
    double weight;
    Handler handler;
};

/// Classes of requests, each with its handler and its share. One class without steps when
/// it is given none.
class Mix {
   public:
    /// Throws std::invalid_argument unless every weight is above 0.
    explicit Mix(std::vector<WeightedHandler> classes);

    [[nodiscard]] std::size_t size() const noexcept { return classes_.size(); }
    [[nodiscard]] const Handler& handler(std::size_t index) const {
        return classes_[index].handler;
    }
    [[nodiscard]] std::uint32_t draw_class(Random& random) const noexcept;

   private:
    std::vector<WeightedHandler> classes_;
    std::vector<double> cumulative_;
};

}  // namespace contend
