// What this machine lets a thread that polls and a thread that sleeps know of the time, with
// nothing to do: the finest step of the clock and its price, how late timers come, and how often
// and how long the core is away.
//
// Blocks its caller, on whose cores it measures.
#pragma once

#include <cstddef>
#include <vector>

#include "core/clock.h"
#include "core/gap_log.h"
#include "core/histogram.h"

namespace contend {

struct MachineProbe {
    Nanoseconds clock_step{0};  // the smallest that was seen between two readings
    Nanoseconds clock_cost{0};  // of one reading, on average
    Histogram timer_lateness;   // of a sleeper's timer, with timer slack set to 1 ns
    Nanoseconds polled{0};
    std::vector<Gap> gaps;  // while it polled
};

/// Polls the clock for so long, then lets `timers` timers of a millisecond expire.
MachineProbe probe_machine(Nanoseconds polling, std::size_t timers);

}  // namespace contend
