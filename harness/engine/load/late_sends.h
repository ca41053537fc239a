// What late sends may have done to latencies: for each request the range in which its latency would
// lie, had every request been sent when it was intended to be.
//
// Own lateness is in no latency, but a request that comes late meets another server. One that
// serves first come, first served lets request j wait for W(j) = max(0, C(j-1) - a(j)), where a(j)
// is when it comes and C(j-1) when the one before is done (Lindley, The theory of queues with a
// single server, 1952). Sent late by L(j) it waits for max(0, C(j-1) - a(j) - L(j)):
// - less by at most what was left to do when it should have come: nothing where all that was sent
//   before had ended by then, L(j) where something hadn't when it did come;
// - and more by at most L(i) - L(j), where i is the request that found the server at rest and with
//   which the time began in which it has been at work since: it was all this time late by L(i).
// The generator can't see the server rest: i is any that was sent when no more than one other was
// on its way (which may have been on its way back), since all had last ended. A server that always
// has some has caught up after a hundred times L(i), of which a load of 0.9 takes ten, and after a
// tenth of a second. Of several load threads each knows its own requests alone, and takes the
// server to be always at work.
//
// late_sends_test.cpp holds the ranges against queues of M/M/1 and M/D/1 at loads of 0.2 to 0.9,
// servers of 10 us, of eight workers, and of so many that nobody waits. Used by one thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "load/request.h"

namespace contend {

class LateSends {
   public:
    explicit LateSends(bool is_only_thread) : is_only_thread_(is_only_thread) {}

    /// In the order of sends: says how far `request` may be off.
    void sent(Request& request) noexcept {
        const Nanoseconds late = request.own_lateness;
        if (out_ == 0 || request.sent - began_ > std::max(kCaughtUp * began_late_, kSoon)) {
            began_late_ = Nanoseconds(0);
        }
        if (out_ <= kAtRest && late > began_late_) {
            began_late_ = late;
            began_ = request.sent;
        }
        const Nanoseconds left_to_do = last_end_ - (request.sent - late);
        request.may_be_higher =
            out_ > 0 || !is_only_thread_ ? late : std::clamp(left_to_do, Nanoseconds(0), late);
        request.may_be_lower = std::max(began_late_ - late, Nanoseconds(0));
        ++out_;
    }

    /// REQUIRES: it has been sent.
    void ended(TimePoint at) noexcept {
        last_end_ = std::max(last_end_, at);
        --out_;
    }

   private:
    static constexpr std::int64_t kAtRest = 1;
    static constexpr int kCaughtUp = 100;
    static constexpr Nanoseconds kSoon = std::chrono::milliseconds(100);

    bool is_only_thread_;
    std::int64_t out_ = 0;       // sent, and not ended
    Nanoseconds began_late_{0};  // the largest lateness of those that may have found it at rest
    TimePoint began_{};          // when that one was sent
    TimePoint last_end_{};
};

}  // namespace contend
