// How fast a pool of connections is opened: as fast as the server bears it, so that opening
// isn't the experiment.
//
// It starts slowly enough for a listen backlog of 5 (Python's socketserver) and speeds up with
// each connection that stands. A SYN that meets a full backlog is dropped and comes back after
// a second: a connect that took that long sends the ramp back to its start. A server that takes no
// more will not, and each attempt may last until its timeout. A value; one thread.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/clock.h"

namespace contend {

class Opening {
   public:
    static constexpr Nanoseconds kFirst = std::chrono::microseconds(250);
    static constexpr Nanoseconds kShortest = std::chrono::microseconds(50);
    static constexpr Nanoseconds kDropped = std::chrono::milliseconds(500);
    /// More than these are never on their way at once.
    static constexpr std::size_t kMostConnecting = 64;
    static constexpr std::size_t kMostFailedInARow = 64;

    void begin(std::size_t connections) noexcept {
        wanted_ = to_begin_ = connections;
        is_going_on_ = true;
    }

    /// Whether one more is to be begun. `connecting` are on their way.
    [[nodiscard]] bool may_begin(std::size_t connecting) const noexcept {
        return to_begin_ > 0 && connecting < kMostConnecting;
    }
    void began() noexcept { --to_begin_; }
    void begin_no_more() noexcept { to_begin_ = 0; }

    void stood(Nanoseconds connect_time) noexcept {
        ended(connect_time);
        stood_ += is_going_on_ ? 1 : 0;
        failed_in_a_row_ = 0;
    }
    void failed(Nanoseconds connect_time) noexcept {
        ended(connect_time);
        if (is_going_on_ && ++failed_in_a_row_ >= kMostFailedInARow) {
            begin_no_more();
        }
    }
    /// The last one that was begun has ended. REQUIRES: none is to be begun.
    void end() noexcept { is_going_on_ = false; }

    [[nodiscard]] bool is_going_on() const noexcept { return is_going_on_; }
    [[nodiscard]] bool is_begun() const noexcept { return to_begin_ == 0; }
    /// Between two connects.
    [[nodiscard]] Nanoseconds interval() const noexcept { return interval_; }
    /// Of those that were wanted.
    [[nodiscard]] std::size_t missing() const noexcept { return wanted_ - stood_; }

   private:
    static constexpr int kSpeedUp = 200;  // 64 connections take 14 ms, 18,000 about a second

    void ended(Nanoseconds connect_time) noexcept {
        interval_ = connect_time < kDropped ? std::max(interval_ - interval_ / kSpeedUp, kShortest)
                                            : kFirst;
    }

    Nanoseconds interval_ = kFirst;
    std::size_t wanted_ = 0;
    std::size_t to_begin_ = 0;
    std::size_t stood_ = 0;
    std::size_t failed_in_a_row_ = 0;
    bool is_going_on_ = false;
};

}  // namespace contend
