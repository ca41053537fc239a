#include "core/virtual_queue.h"

#include <algorithm>
#include <stdexcept>

namespace contend {

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
    if (rules_.frozen == Nanoseconds(0)) {
        return start + service;
    }
    const Nanoseconds working = rules_.period - rules_.frozen;
    const Nanoseconds since = start.time_since_epoch();
    const Nanoseconds into = std::max(since % rules_.period - rules_.frozen, Nanoseconds(0));
    const Nanoseconds worked = since / rules_.period * working + into + service;
    return TimePoint(worked / working * rules_.period + rules_.frozen + worked % working);
}

}  // namespace contend
