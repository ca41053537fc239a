// Mutex and condition of the virtual driver (Runtime::Mutex, Runtime::Condition).
//
// First come, first served. A thread that is woken for the mutex has to find it free: one that
// comes by in the meantime is faster, as with a real one.
#pragma once

#include <deque>
#include <utility>

#include "models/virtual_machine.h"

namespace contend {

class VirtualMutex {
   public:
    explicit VirtualMutex(VirtualMachine& machine) : machine_(machine) {}

    Task<> lock() {
        while (locked_) {
            waiters_.push_back(&machine_.current());
            co_await machine_.park();
        }
        locked_ = true;
    }

    void unlock() {
        locked_ = false;
        if (!waiters_.empty()) {
            VirtualThread& next = *waiters_.front();
            waiters_.pop_front();
            machine_.unpark(next);
        }
    }

   private:
    VirtualMachine& machine_;
    std::deque<VirtualThread*> waiters_;
    bool locked_ = false;
};

class VirtualCondition {
   public:
    explicit VirtualCondition(VirtualMachine& machine) : machine_(machine) {}

    Task<bool> wait_for(VirtualMutex& mutex, Nanoseconds timeout) {
        VirtualThread& self = machine_.current();
        waiters_.emplace_back(&self, self.parkings + 1);
        mutex.unlock();
        const bool timed_out = co_await machine_.park(timeout);
        co_await mutex.lock();
        co_return timed_out;
    }

    Task<> wait(VirtualMutex& mutex) { co_await wait_for(mutex, Nanoseconds::max()); }

    void notify_one() {
        while (!waiters_.empty()) {
            const auto [thread, parking] = waiters_.front();
            waiters_.pop_front();
            if (thread->parked() && thread->parkings == parking) {  // has not timed out
                machine_.unpark(*thread);
                return;
            }
        }
    }

    void notify_all() {
        const auto waiting = waiters_.size();
        for (std::size_t i = 0; i < waiting; ++i) {
            notify_one();
        }
    }

   private:
    VirtualMachine& machine_;
    std::deque<std::pair<VirtualThread*, std::uint64_t>> waiters_;
};

}  // namespace contend
