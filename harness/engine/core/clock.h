// Time as the engine counts it: nanoseconds on the monotonic clock.
//
// LoadWorker takes its clock as a template parameter, so that the product reads the
// kernel's clock without an indirection and tests advance a clock of their own.
// Thread safety: SteadyClock is stateless; a VirtualClock belongs to one thread.
#pragma once

#include <chrono>

namespace contend {

using Nanoseconds = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Nanoseconds>;

/// The monotonic clock of the machine.
struct SteadyClock {
    [[nodiscard]] TimePoint now() const noexcept { return std::chrono::steady_clock::now(); }
};

/// A clock that stands still until it is told otherwise. It starts at the epoch.
class VirtualClock {
   public:
    [[nodiscard]] TimePoint now() const noexcept { return now_; }

    /// REQUIRES: time >= now().
    void advance_to(TimePoint time) noexcept { now_ = time; }

   private:
    TimePoint now_{};
};

}  // namespace contend
