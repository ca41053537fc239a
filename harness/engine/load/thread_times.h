// How the calling thread spent its time: on its CPU, and ready to run but waiting for one.
#pragma once

#include <optional>

#include "core/clock.h"

namespace contend {

struct ThreadTimes {
    Nanoseconds cpu{0};
    // From /proc/thread-self/schedstat; none where the kernel keeps no scheduler statistics.
    std::optional<Nanoseconds> run_queue_delay;

    /// Of the calling thread since its start. A few microseconds: for the ends of a phase.
    static ThreadTimes read();
};

}  // namespace contend
