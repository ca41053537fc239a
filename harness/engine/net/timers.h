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

class Timers {
   public:
    struct Entry {
        TimePoint due{};
        std::size_t place = TimerHeap<Entry>::kNowhere;
        std::function<void()> handler;
    };

    explicit Timers(boost::asio::io_context& context)
        : descriptor_(context, ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {}

    /// Calls the entry's handler once at `due` or later, in place of what was set before.
    void set(Entry& entry, TimePoint due) { heap_.set(entry, due); }
    void remove(Entry& entry) noexcept { heap_.remove(entry); }

    /// Before each wait: what was set and taken back since the last one has cost no call.
    void arm() {
        if (heap_.empty() || heap_.first().due >= armed_for_) {
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

   private:
    // One call at a time, so that what follows from it is done before the next.
    void ring() {
        armed_for_ = TimePoint::max();
        if (heap_.empty() || heap_.first().due > SteadyClock().now()) {
            return;
        }
        Entry& entry = heap_.first();
        heap_.remove(entry);
        // It may set its own entry anew.
        const auto handler = std::exchange(entry.handler, nullptr);
        handler();
    }

    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
    TimerHeap<Entry> heap_;
    TimePoint armed_for_ = TimePoint::max();
    bool waiting_ = false;
};

/// One of them: set, taken back, and ended with its owner.
class Timer {
   public:
    explicit Timer(Timers& timers) : timers_(timers) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { cancel(); }

    /// Calls `handler` once at `time` or later, in place of what was set before.
    template <class Handler>
    void at(TimePoint time, Handler handler) {
        entry_.handler = std::move(handler);
        timers_.set(entry_, time);
    }
    void cancel() noexcept { timers_.remove(entry_); }

   private:
    Timers& timers_;
    Timers::Entry entry_;
};

}  // namespace contend
