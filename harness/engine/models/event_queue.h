// Events in virtual time, in the order of their times and then of being set.
//
// An Alarm belongs to whoever it calls, and must outlive the queue's last event for it; to set
// it again or to cancel it makes the earlier event void. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <vector>

#include "core/clock.h"

namespace contend {

class Alarm {
   public:
    using Ring = void (*)(void*);
    Alarm(Ring called, void* context) : ring_(called), context_(context) {}
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    void cancel() noexcept { ++setting_; }

    // For the queue: events of earlier settings are void.
    std::uint64_t set_anew() noexcept { return ++setting_; }
    void ring() const { ring_(context_); }
    [[nodiscard]] bool is_set(std::uint64_t setting) const noexcept { return setting == setting_; }

   private:
    Ring ring_;
    void* context_;
    std::uint64_t setting_ = 0;
};

class EventQueue {
   public:
    [[nodiscard]] TimePoint now() const noexcept { return clock_.now(); }
    [[nodiscard]] bool empty() const noexcept { return events_.empty(); }
    /// REQUIRES: !empty().
    [[nodiscard]] TimePoint next_time() const noexcept { return events_.top().at; }

    /// REQUIRES: at >= now().
    void set(Alarm& alarm, TimePoint at) {
        events_.push({at, ++sequence_, &alarm, alarm.set_anew()});
    }

    /// Advances to the next event and rings its alarm. REQUIRES: !empty().
    void run_next() {
        const Event event = events_.top();
        events_.pop();
        if (event.alarm->is_set(event.setting)) {
            clock_.advance_to(event.at);
            event.alarm->ring();
        }
    }

   private:
    struct Event {
        TimePoint at;
        std::uint64_t sequence;
        Alarm* alarm;
        std::uint64_t setting;
        bool operator>(const Event& other) const noexcept {
            return at != other.at ? at > other.at : sequence > other.sequence;
        }
    };

    VirtualClock clock_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::uint64_t sequence_ = 0;
};

}  // namespace contend
