// Burns CPU: the real driver's cpu steps.
//
// Time is the calling thread's own on a CPU, not the wall's: a thread that has to share its
// core takes longer, as one that really computed would, and like one it makes hardly any system
// call. Any thread.
#pragma once

#include <atomic>

#include "core/clock.h"

namespace contend {

/// Computes for `duration` of this thread's CPU time, or until one of the two is set; they are
/// looked at about twice a microsecond. Returns what is left, 0 or more.
Nanoseconds burn_cpu(Nanoseconds duration, const std::atomic<bool>& interrupted,
                     const std::atomic<bool>& stopping) noexcept;

}  // namespace contend
