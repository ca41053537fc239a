// When a queue would be done with each request, if nothing but the queue took any time: the
// truth that a load generator is held to.
//
// First come, first served by one server or several: C(i) = max(A(i), C(i-1)) + S(i), and with
// several the earliest that is free in place of C(i-1). More requests than the limit are refused.
// A server may stand still at the start of each period, as one does that collects garbage.
// Requests are told in the order of their arrival. What would end beyond the clock's last time ends
// then. One thread only.
// Source: D. V. Lindley, "The theory of queues with a single server" (1952); J. Kiefer and
// J. Wolfowitz, "On the theory of queues with many servers" (1955).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "core/clock.h"

namespace contend {

struct QueueRules {
    std::size_t servers = 1;
    std::size_t limit = 0;  // requests in the house, those in service included; 0: any number
    Nanoseconds frozen{0};  // at the start of each period, counted from the clock's zero
    Nanoseconds period{std::chrono::seconds(1)};
};

class VirtualQueue {
   public:
    /// Throws std::invalid_argument for rules by which nothing would ever be served.
    explicit VirtualQueue(const QueueRules& rules);

    /// When a request that arrives then and takes so long is done; none when it is refused.
    std::optional<TimePoint> serve(TimePoint arrival, Nanoseconds service);

   private:
    template <class T>
    using Earliest = std::priority_queue<T, std::vector<T>, std::greater<>>;

    [[nodiscard]] bool is_full(TimePoint arrival);
    [[nodiscard]] TimePoint end_of(TimePoint start, Nanoseconds service) const noexcept;

    QueueRules rules_;
    Earliest<TimePoint> free_;     // one a server: when it is free again
    Earliest<TimePoint> leaving_;  // of those in the house, where there is a limit
};

}  // namespace contend
