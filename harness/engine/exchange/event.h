// What has happened on connections, in the order in which it was learnt.
//
// Who hears of something adds an event and does nothing more; the load thread takes the events one
// by one, once the call that brought them has returned. Nothing calls upward, and nothing is called
// again from within. Grows to the most that one call has brought, and allocates no more. Used by
// one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/clock.h"
#include "core/outcome.h"

namespace contend {

struct Event {
    enum class Kind : std::uint8_t {
        kConnected,  // the stream stands; nothing has been said yet
        kRefused,    // there is no connection: none came about, or its session could not be opened
        kOpened,     // the session: exchanges may begin, or pushes come
        kCompleted,  // the exchange at place `which` is over
        kPushed,     // since it was opened, `which` pushes have come
        kLost,       // a connection that pushes came by has ended
    };

    Kind kind = Kind::kCompleted;
    Outcome outcome = Outcome::kOk;
    bool is_stamped = false;  // `at` is the kernel's
    int status = 0;           // of a response whose status is the wrong one
    std::uint32_t channel = 0;
    std::uint64_t which = 0;
    TimePoint at{};   // when it happened: when the kernel had it, where that is known
    TimePoint now{};  // when it was learnt
};

class Events {
   public:
    /// What is added from now on came over `channel`.
    void hear(std::uint32_t channel, std::optional<TimePoint> stamp, TimePoint now) noexcept {
        next_.channel = channel;
        next_.is_stamped = stamp.has_value();
        next_.at = stamp.value_or(now);
        next_.now = now;
    }

    void add(Event::Kind kind, std::uint64_t which = 0, Outcome outcome = Outcome::kOk,
             int status = 0) {
        next_.kind = kind;
        next_.which = which;
        next_.outcome = outcome;
        next_.status = status;
        events_.push_back(next_);
    }
    void completed(std::uint64_t place, Outcome outcome, int status = 0) {
        add(Event::Kind::kCompleted, place, outcome, status);
    }

    /// Calls take(event) for each, those that are added meanwhile too, and forgets them.
    template <class Take>
    void drain(Take take) {
        std::size_t next = 0;
        while (next < events_.size()) {
            take(Event(events_[next++]));  // a copy: the vector may grow
        }
        events_.clear();
    }

    [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }
    /// When the last that was added was learnt.
    [[nodiscard]] TimePoint now() const noexcept { return next_.now; }

   private:
    Event next_;
    std::vector<Event> events_;
};

}  // namespace contend
