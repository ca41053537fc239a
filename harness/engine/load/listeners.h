// The connections of one worker that listen: what the server pushes over them, and what it owes.
//
// What is pushed is a request that the server intends: it belongs to the phase of the time at which
// it was due. The owner is told by
//   push_ended(push, outcome, at)
// and keeps the connections themselves. Used by one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/trial_spec.h"
#include "load/connection.h"
#include "exchange/exchange.h"

namespace contend {

template <class Transport, class Owner>
class Listeners {
   public:
    using Slot = Connection<Transport>;

    Listeners(const TrialSpec& spec, Owner& owner) : timeout_(spec.timeout), owner_(owner) {
        const auto pushed = std::ranges::find_if(spec.classes, &RequestClass::pushed);
        class_index_ = static_cast<std::uint32_t>(pushed - spec.classes.begin());
    }

    /// Until then nothing that comes is measured.
    void begin(TimePoint measure_begin, TimePoint measure_end) {
        measure_begin_ = measure_begin;
        measure_end_ = measure_end;
    }

    /// The connection stands, or more of what it pushes has come, at `at`.
    void heard(Slot& slot, TimePoint at) {
        slot.state = ConnectionState::kListening;
        settle(slot, at);
        const bool owed = draining_ && owes(slot);
        while (const auto heard = slot.protocol->pushed(at)) {
            owner_.push_ended(push(heard->due), heard->outcome, std::max(at, heard->due));
        }
        owing_ -= owed && !owes(slot) ? 1 : 0;
    }

    /// It does not stand any more: what would have come next fails, and what is due until it stands
    /// again. REQUIRES: it was heard.
    void lost(Slot& slot, Outcome outcome, TimePoint now) {
        owing_ -= draining_ && owes(slot) ? 1 : 0;
        const TimePoint due = std::min(slot.protocol->next_push().value_or(now), now);
        owner_.push_ended(push(due), outcome, now);
        slot.owed = due + slot.protocol->push_interval();
    }

    /// Nothing that is due after `end` is measured.
    template <class Slots>
    void drain(const Slots& slots, TimePoint end) {
        measure_end_ = end;
        draining_ = true;
        owing_ = std::ranges::count_if(slots, [this](const auto& slot) { return owes(*slot); });
    }

    /// Whether some of what was due has not come; false before drain().
    [[nodiscard]] bool owing() const noexcept { return owing_ > 0; }

    template <class Slots>
    void give_up(const Slots& slots, TimePoint now) {
        for (const auto& slot : slots) {
            for (; owes(*slot); slot->protocol->skip_push()) {
                const TimePoint due = *slot->protocol->next_push();
                const bool late = now - due >= timeout_;
                owner_.push_ended(push(due), late ? Outcome::kTimeout : Outcome::kUnfinished, now);
            }
        }
        owing_ = 0;
    }

    /// What was due of those that do not stand.
    template <class Slots>
    void close(const Slots& slots, TimePoint now) {
        for (const auto& slot : slots) {
            settle(*slot, std::min(now, measure_end_));
        }
    }

   private:
    // Of one that broke, what was due before `until`.
    void settle(Slot& slot, TimePoint until) {
        if (slot.owed == TimePoint::max()) {
            return;
        }
        for (; slot.owed < until; slot.owed += slot.protocol->push_interval()) {
            owner_.push_ended(push(slot.owed), Outcome::kReset, until);
        }
        slot.owed = TimePoint::max();
    }

    [[nodiscard]] bool owes(const Slot& slot) const {
        if (slot.state != ConnectionState::kListening) {
            return false;
        }
        const auto due = slot.protocol->next_push();
        return due && *due < measure_end_;
    }

    [[nodiscard]] Request push(TimePoint due) const {
        Request request;
        request.intended = due;
        request.class_index = class_index_;
        request.measured = due >= measure_begin_ && due < measure_end_;
        return request;
    }

    Nanoseconds timeout_;
    Owner& owner_;
    std::uint32_t class_index_ = 0;  // of what is pushed
    TimePoint measure_begin_ = TimePoint::max();
    TimePoint measure_end_{};
    std::ptrdiff_t owing_ = 0;  // connections, while draining
    bool draining_ = false;
};

}  // namespace contend
