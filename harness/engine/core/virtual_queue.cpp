#include "core/virtual_queue.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace contend {

namespace {

// Wide enough for any sum or product of two times.
__extension__ using Wide = __int128;
constexpr Wide kLast = Nanoseconds::max().count();

}  // namespace

VirtualQueue::VirtualQueue(const QueueRules& rules) : rules_(rules) {
    if (rules.servers == 0) {
        throw std::invalid_argument("a queue needs at least one server");
    }
    if (rules.frozen < Nanoseconds(0) || rules.frozen >= rules.period) {
        throw std::invalid_argument("a server has to be frozen for less than its period");
    }
    for (std::size_t i = 0; i < rules.servers; ++i) {
        free_.emplace();
    }
}

std::optional<TimePoint> VirtualQueue::serve(TimePoint arrival, Nanoseconds service) {
    if (rules_.limit != 0 && is_full(arrival)) {
        return std::nullopt;
    }
    const TimePoint done = end_of(std::max(arrival, free_.top()), service);
    free_.pop();
    free_.push(done);
    if (rules_.limit != 0) {
        leaving_.push(done);
    }
    return done;
}

bool VirtualQueue::is_full(TimePoint arrival) {
    while (!leaving_.empty() && leaving_.top() <= arrival) {
        leaving_.pop();
    }
    return leaving_.size() >= rules_.limit;
}

// Counts the time in which the server works, adds the service, and counts back.
TimePoint VirtualQueue::end_of(TimePoint start, Nanoseconds service) const noexcept {
    const Wide period = rules_.period.count();
    const Wide frozen = rules_.frozen.count();
    const Wide working = period - frozen;
    const Wide since = start.time_since_epoch().count();
    const Wide into = std::max<Wide>(since % period - frozen, 0);
    const Wide worked = since / period * working + into + service.count();
    const Wide end = worked / working * period + frozen + worked % working;
    return TimePoint(Nanoseconds(static_cast<std::int64_t>(std::min(end, kLast))));
}

}  // namespace contend
