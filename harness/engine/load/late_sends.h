// What late sends may have done to latencies: for each request the range in which its latency would
// lie, had every request been sent when it was intended to be.
//
// Own lateness is in no latency, but a request that comes late meets another server. One that
// serves first come, first served lets request j wait for W(j) = max(0, C(j-1) - a(j)), where a(j)
// is when it comes and C(j-1) when the one before is done (Lindley, The theory of queues with a
// single server, 1952). Sent late by L(j) it waits for max(0, C'(j-1) - a(j) - L(j)), with C' as it
// was:
// - less by at most what was left to do when it should have come: C(j-1) is no later than C'(j-1),
//   nor than the upper end of what all before would have taken from their own a on. That is nothing
//   where they would have been done by then, and L(j) at most;
// - and more by at most L(i) - L(j), where i is the request that found the server at rest and with
//   which the time began in which it has been at work since: it was all this time late by L(i). Nor
//   by more than it waited at all, C'(j-1) - a(j) - L(j).
// What comes back out of order was not served so: then L(j) it is. The generator can't see the
// server rest: i is any that was sent when no more than one other was on its way (which may have
// been on its way back), since all had last ended. A server that always has some has caught up
// after a hundred times L(i), of which a load of 0.9 takes ten, and after a tenth of a second. Of
// several load threads each knows its own requests alone, and takes the server to be always at
// work.
//
// late_sends_test.cpp holds the ranges against queues of M/M/1 and M/D/1 at loads of 0.2 to 0.9,
// servers of 10 us, of eight workers, and of so many that nobody waits. Used by one thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "exchange/exchange.h"

namespace contend {

class LateSends {
   public:
    /// By how much a latency may be off.
    struct Range {
        Nanoseconds lower{0};
        Nanoseconds higher{0};
    };

    explicit LateSends(bool is_only_thread) : is_only_thread_(is_only_thread) {}

    /// In the order of sends.
    void sent(Exchange& exchange) noexcept {
        const Nanoseconds late = exchange.own_lateness;
        if (out_ == 0 || exchange.sent - began_ > std::max(kCaughtUp * began_late_, kSoon)) {
            began_late_ = Nanoseconds(0);
        }
        if (out_ <= kAtRest && late > began_late_) {
            began_late_ = late;
            began_ = exchange.sent;
        }
        exchange.number = sent_++;
        exchange.began_late = began_late_;
        // What was left to do when it should have come, as far as it was done when it did.
        const Nanoseconds left = last_end_ - (exchange.sent - late);
        exchange.left_to_do =
            out_ > 0 || !is_only_thread_ ? late : std::clamp(left, Nanoseconds(0), late);
        ++out_;
    }

    /// Has ended at `at`, by a response or without one. REQUIRES: it has been sent.
    Range ended(const Exchange& exchange, TimePoint at) noexcept {
        const Nanoseconds late = exchange.own_lateness;
        const TimePoint due = exchange.sent - late;
        Range range{.lower = std::max(exchange.began_late - late, Nanoseconds(0)),
                    .higher = exchange.left_to_do};
        // All that was sent before has ended, and nothing that was sent after.
        const bool is_in_order = ended_ == exchange.number && is_only_thread_;
        if (is_in_order && last_number_ <= exchange.number) {
            range.higher = std::clamp(punctual_end_ - due, Nanoseconds(0), range.higher);
            range.lower = std::clamp(last_end_ - exchange.sent, Nanoseconds(0), range.lower);
        }
        last_number_ = std::max(last_number_, exchange.number + 1);
        punctual_end_ = std::max(punctual_end_, at - late + range.higher);
        last_end_ = std::max(last_end_, at);
        ++ended_;
        --out_;
        return range;
    }

   private:
    static constexpr std::int64_t kAtRest = 1;
    static constexpr int kCaughtUp = 100;
    static constexpr Nanoseconds kSoon = std::chrono::milliseconds(100);

    bool is_only_thread_;
    std::uint64_t sent_ = 0;
    std::uint64_t ended_ = 0;
    std::uint64_t last_number_ = 0;  // one more than the highest of those that have ended
    std::int64_t out_ = 0;           // sent, and not ended
    Nanoseconds began_late_{0};      // the largest lateness of those that may have found it at rest
    TimePoint began_{};              // when that one was sent
    TimePoint last_end_{};
    TimePoint punctual_end_{};  // no later than this all that have ended would have been done
};

}  // namespace contend
