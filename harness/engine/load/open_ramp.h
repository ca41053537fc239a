// How fast a pool of connections is opened: as fast as the server bears it, so that opening
// isn't the experiment.
//
// It starts slowly enough for a listen backlog of 5 (Python's socketserver) and speeds up with
// each connection that stands. A SYN that meets a full backlog is dropped and comes back after
// a second: a connect that took that long sends the ramp back to its start. A value; one thread.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/clock.h"

namespace contend {

class OpenRamp {
   public:
    static constexpr Nanoseconds kFirst = std::chrono::microseconds(250);
    static constexpr Nanoseconds kShortest = std::chrono::microseconds(50);
    static constexpr Nanoseconds kDropped = std::chrono::milliseconds(500);
    /// More than these are never on their way at once.
    static constexpr std::size_t kMostConnecting = 64;

    /// Between two connects.
    [[nodiscard]] Nanoseconds interval() const noexcept { return interval_; }

    void connected(Nanoseconds connect_time) noexcept {
        interval_ = connect_time < kDropped ? std::max(interval_ - interval_ / kSpeedUp, kShortest)
                                            : kFirst;
    }

   private:
    static constexpr int kSpeedUp = 200;  // 64 connections take 14 ms, 18,000 about a second

    Nanoseconds interval_ = kFirst;
};

}  // namespace contend
