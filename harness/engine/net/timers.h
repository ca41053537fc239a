// All timers of one load thread on one timerfd, which is set only when the first of them changes.
//
// A timerfd of our own, set by absolute time: Asio's timers set their common one two or three times
// an arrival, and on a virtual machine each setting may leave the guest. A timer that is taken back
// leaves it set: an event in vain is rare, and costs less than a call each time. Used by one
// thread.
#pragma once

#include <sys/timerfd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <utility>

#include "core/clock.h"
#include "net/timer_heap.h"

namespace contend {

class Alarm {
   public:
    struct Timer {
        TimePoint due{};
        std::size_t place = TimerHeap<Timer>::kNowhere;
        std::function<void()> handler;
    };

    explicit Alarm(boost::asio::io_context& context)
        : descriptor_(context, ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {}

    /// Calls the timer's handler once at `due` or later, in place of what was set before.
    void set(Timer& timer, TimePoint due) {
        heap_.set(timer, due);
        arm();
    }
    void remove(Timer& timer) noexcept { heap_.remove(timer); }

   private:
    void arm() {
        if (ringing_ || heap_.empty() || heap_.first().due >= armed_for_) {
            return;
        }
        armed_for_ = heap_.first().due;
        const auto since_zero = armed_for_.time_since_epoch();
        const auto whole = std::chrono::floor<std::chrono::seconds>(since_zero);
        itimerspec setting{};
        setting.it_value.tv_sec = whole.count();
        // Zero would disarm it.
        setting.it_value.tv_nsec = std::max<long>(1, (since_zero - whole).count());
        ::timerfd_settime(descriptor_.native_handle(), TFD_TIMER_ABSTIME, &setting, nullptr);
        if (!std::exchange(waiting_, true)) {
            descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                                   [this](const boost::system::error_code& error) {
                                       waiting_ = false;
                                       if (!error) {
                                           ring();
                                       }
                                   });
        }
    }

    // What the handlers set is looked at once, when all that are due have been called.
    void ring() {
        ringing_ = true;
        armed_for_ = TimePoint::max();
        const TimePoint now = SteadyClock().now();
        while (!heap_.empty() && heap_.first().due <= now) {
            Timer& timer = heap_.first();
            heap_.remove(timer);
            // It may set its own timer anew.
            const auto handler = std::exchange(timer.handler, nullptr);
            handler();
        }
        ringing_ = false;
        arm();
    }

    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
    TimerHeap<Timer> heap_;
    TimePoint armed_for_ = TimePoint::max();
    bool waiting_ = false;
    bool ringing_ = false;
};

}  // namespace contend
