// CPython's global interpreter lock, rule by rule (ceval_gil.c; models.md, section 1).
//
// The holder is asked to let go by those who have waited an interval without seeing a switch,
// and does so at the next check of its eval breaker. There is no queue and no fairness.
// Every member is called by the thread whose Thread it is given.
#pragma once

#include <cstdint>

#include "core/clock.h"
#include "models/task.h"

namespace contend {

template <class Runtime>
class Gil {
   public:
    /// What the lock keeps of each thread: since 3.13 the request to drop it is the holder's
    /// own. It outlives the thread's last call.
    struct Thread {
        explicit Thread(Runtime& runtime) : drop_request(runtime) {}

        typename Runtime::Flag drop_request;
    };

    Gil(Runtime& runtime, Nanoseconds interval)
        : runtime_(runtime),
          interval_(interval),
          mutex_(runtime),
          released_(runtime),
          switch_mutex_(runtime),
          switched_(runtime) {}

    /// A thread comes to life, holding the lock, and ends, letting go of it.
    Task<> enter(Thread& self) { return take(self); }
    Task<> leave(Thread& self) { return drop(self); }

    Task<> take(Thread& self) {
        co_await mutex_.lock();
        while (held_) {
            const std::uint64_t seen = switches_;
            const bool timed_out = co_await released_.wait_for(mutex_, interval_);
            if (timed_out && held_ && switches_ == seen) {
                last_->drop_request.raise();
            }
        }
        co_await switch_mutex_.lock();
        held_ = true;
        if (last_ != &self) {
            last_ = &self;
            ++switches_;
        }
        switched_.notify_one();
        switch_mutex_.unlock();
        self.drop_request.clear();
        mutex_.unlock();
    }

    Task<> drop(Thread& self) {
        co_await mutex_.lock();
        held_ = false;
        released_.notify_one();
        mutex_.unlock();
        if (!self.drop_request.raised()) {
            co_return;
        }
        // The forced switch: whoever asked gets it before this thread can have it again. It has
        // a mutex of its own, so that the next holder is not met at the first one.
        co_await switch_mutex_.lock();
        if (last_ == &self) {
            co_await switched_.wait(switch_mutex_);
        }
        switch_mutex_.unlock();
    }

    /// Computes under the lock, letting go of it whenever the eval breaker says so.
    Task<> compute(Thread& self, Nanoseconds duration) {
        while (duration > Nanoseconds(0)) {
            duration = co_await runtime_.cpu(duration, self.drop_request);
            if (self.drop_request.raised()) {
                co_await drop(self);
                co_await take(self);
            }
        }
    }

   private:
    Runtime& runtime_;
    Nanoseconds interval_;
    typename Runtime::Mutex mutex_;  // guards what follows
    typename Runtime::Condition released_;
    typename Runtime::Mutex switch_mutex_;  // held with mutex_ to change last_
    typename Runtime::Condition switched_;
    Thread* last_ = nullptr;  // the holder, or who held it last
    std::uint64_t switches_ = 0;
    bool held_ = false;
};

}  // namespace contend
