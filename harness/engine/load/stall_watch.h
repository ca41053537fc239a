// How long a load thread stood still: stopped by a signal, or with its core taken away.
//
// A timer that is due every 20 ms is late when the thread couldn't run. What the thread used its
// CPU for in the meantime was work, not standing still; of the rest, anything from kShortestStall
// on is a stall. A thread that shares its core loses less than that at a time: run-queue delay
// says so instead. Used by one thread.
#pragma once

#include <algorithm>

#include "core/clock.h"
#include "core/thread_cpu.h"
#include "net/byte_stream.h"

namespace contend {

template <ReadableClock Clock, TimedNetwork Network>
class StallWatch {
   public:
    static constexpr Nanoseconds kInterval = std::chrono::milliseconds(20);
    static constexpr Nanoseconds kShortestStall = std::chrono::milliseconds(10);

    /// `cpu` gives the thread's CPU time.
    StallWatch(Clock& clock, Network& network, Nanoseconds (*cpu)() = thread_cpu)
        : clock_(clock), timer_(network), cpu_(cpu) {}

    void begin() {
        looked_ = clock_.now();
        cpu_at_look_ = cpu_();
        watch();
    }

    void end() {
        timer_.cancel();
        look();
    }

    /// The sum of the stalls between begin() and end().
    [[nodiscard]] Nanoseconds stalled() const noexcept { return stalled_; }
    [[nodiscard]] Nanoseconds longest() const noexcept { return longest_; }

   private:
    void watch() {
        timer_.at(looked_ + kInterval, [this] {
            look();
            watch();
        });
    }

    void look() {
        const TimePoint now = clock_.now();
        const Nanoseconds cpu = cpu_();
        const Nanoseconds late = now - (looked_ + kInterval);
        const Nanoseconds off_cpu = (now - looked_) - (cpu - cpu_at_look_);
        if (const Nanoseconds stall = std::min(late, off_cpu); stall >= kShortestStall) {
            stalled_ += stall;
            longest_ = std::max(longest_, stall);
        }
        looked_ = now;
        cpu_at_look_ = cpu;
    }

    Clock& clock_;
    typename Network::Timer timer_;
    Nanoseconds (*cpu_)();
    TimePoint looked_{};
    Nanoseconds cpu_at_look_{0};
    Nanoseconds stalled_{0};
    Nanoseconds longest_{0};
};

}  // namespace contend
