// The virtual driver: a model's rules on simulated cores, with simulated clients.
//
// Exact arithmetic in virtual time, the same result for the same seeds, as fast as it goes.
// The network takes no time; by default nothing does but the handlers' steps, so that M/M/1,
// M/D/1 and M/G/1 queues are special cases. Blocks its caller; keeps nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "models/handler.h"
#include "models/parameters.h"

namespace contend {

/// What the modelled machine takes beside the handlers' steps.
struct MachineCosts {
    Nanoseconds system_call{0};  // CPU of each receive and send
    Nanoseconds wake_up{0};      // from being woken to going on
};

struct Simulation {
    GivenParameters parameters;             // of the model
    std::vector<WeightedHandler> handlers;  // the mix; one request class each
    std::uint64_t server_seed = 1;
    std::size_t cores = 1;
    MachineCosts costs;

    std::string arrivals = "poisson";  // as arrivals/registry.cpp names them
    double rate_per_s = 0.0;           // open loop only
    Nanoseconds think{0};              // closed loop only
    std::uint64_t seed = 1;
    std::size_t connections = 64;  // opened at the start; requests that find none free queue
    std::uint64_t requests = 0;    // how many are intended before the simulation drains
    Nanoseconds end = Nanoseconds::max();  // what is unfinished then stays so
};

inline constexpr Nanoseconds kNever = Nanoseconds::max();

/// Times from the simulation's start.
struct SimulatedRequest {
    Nanoseconds intended{0};
    Nanoseconds start = kNever;       // of its first step
    Nanoseconds completion = kNever;  // of its response
    std::uint32_t class_index = 0;    // known once it has started
};

struct SimulationResult {
    std::vector<SimulatedRequest> requests;  // by intended time
    Nanoseconds end{0};                      // of the last event
    Nanoseconds cpu{0};                      // that the server has used
    std::uint64_t closed = 0;                // connections, by the server
};

/// Throws std::invalid_argument, saying what is wrong, when there is no such model or the
/// simulation does not fit it.
SimulationResult simulate(std::string_view model, const Simulation& simulation);

}  // namespace contend
