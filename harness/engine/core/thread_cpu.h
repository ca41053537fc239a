// The calling thread's CPU time, in nanoseconds since it began.
#pragma once

#include <ctime>

#include "core/clock.h"

namespace contend {

[[nodiscard]] inline Nanoseconds thread_cpu() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

}  // namespace contend
