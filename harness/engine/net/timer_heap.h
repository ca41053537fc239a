// The timers of one load thread that are set, by when they are due: a binary heap in which each
// knows its place, so that it can be set anew or taken back.
//
// Allocates only when more timers are set at once than ever before. `Timer` has the members
// `TimePoint due` and `std::size_t place`, which are the heap's while the timer is in it. Used by
// one thread.
#pragma once

#include <cassert>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace contend {

template <class Timer>
class TimerHeap {
   public:
    /// The place of a timer that is in no heap.
    static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

    [[nodiscard]] bool empty() const noexcept { return timers_.empty(); }
    /// The one that is due first. REQUIRES: not empty.
    [[nodiscard]] Timer& first() const noexcept { return *timers_.front(); }

    /// Sets a timer, or sets it anew.
    void set(Timer& timer, TimePoint due) {
        if (timer.place == kNowhere) {
            timer.place = timers_.size();
            timer.due = due;
            timers_.push_back(&timer);
            rise(timer);
        } else {
            const bool sooner = due < timer.due;
            timer.due = due;
            sooner ? rise(timer) : sink(timer);
        }
    }

    /// Takes a timer back; nothing where it isn't set.
    void remove(Timer& timer) noexcept {
        if (timer.place == kNowhere) {
            return;
        }
        assert(timers_[timer.place] == &timer);
        Timer& last = *timers_.back();
        const std::size_t place = std::exchange(timer.place, kNowhere);
        timers_.pop_back();
        if (&last == &timer) {
            return;
        }
        put(last, place);
        rise(last);
        sink(last);
    }

   private:
    void put(Timer& timer, std::size_t place) noexcept {
        timers_[place] = &timer;
        timer.place = place;
    }

    void swap(Timer& one, Timer& other) noexcept {
        const std::size_t place = one.place;
        put(one, other.place);
        put(other, place);
    }

    void rise(Timer& timer) noexcept {
        while (timer.place > 0) {
            Timer& above = *timers_[(timer.place - 1) / 2];
            if (above.due <= timer.due) {
                return;
            }
            swap(timer, above);
        }
    }

    void sink(Timer& timer) noexcept {
        for (;;) {
            std::size_t below = 2 * timer.place + 1;
            if (below >= timers_.size()) {
                return;
            }
            if (below + 1 < timers_.size() && timers_[below + 1]->due < timers_[below]->due) {
                ++below;
            }
            if (timer.due <= timers_[below]->due) {
                return;
            }
            swap(timer, *timers_[below]);
        }
    }

    std::vector<Timer*> timers_;
};

}  // namespace contend
