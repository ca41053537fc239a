// Threads, locks and time of the real driver: what of runtime.h needs no sockets.
//
// Every awaitable is ready: the calling thread has blocked, or burned its CPU, in the call.
// All members may be called from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <list>
#include <mutex>
#include <thread>

#include "core/clock.h"
#include "models/task.h"

namespace contend {

class RealThreads;

/// Runtime::Mutex.
class RealMutex {
   public:
    explicit RealMutex(RealThreads&) {}
    std::suspend_never lock() {
        mutex_.lock();
        return {};
    }
    void unlock() { mutex_.unlock(); }

    [[nodiscard]] std::mutex& native() noexcept { return mutex_; }

   private:
    std::mutex mutex_;
};

/// Runtime::Condition.
class RealCondition {
   public:
    explicit RealCondition(RealThreads&) {}
    std::suspend_never wait(RealMutex& mutex) {
        std::unique_lock lock(mutex.native(), std::adopt_lock);
        condition_.wait(lock);
        lock.release();
        return {};
    }
    Ready<bool> wait_for(RealMutex& mutex, Nanoseconds timeout) {
        std::unique_lock lock(mutex.native(), std::adopt_lock);
        const bool timed_out = condition_.wait_for(lock, timeout) == std::cv_status::timeout;
        lock.release();
        return {timed_out};
    }
    void notify_one() { condition_.notify_one(); }
    void notify_all() { condition_.notify_all(); }

   private:
    std::condition_variable condition_;
};

/// Runtime::Flag.
class RealFlag {
   public:
    explicit RealFlag(RealThreads&) {}
    void raise() noexcept { raised_.store(true, std::memory_order_relaxed); }
    void clear() noexcept { raised_.store(false, std::memory_order_relaxed); }
    [[nodiscard]] bool raised() const noexcept { return raised_.load(std::memory_order_relaxed); }

    [[nodiscard]] const std::atomic<bool>& native() const noexcept { return raised_; }

   private:
    std::atomic<bool> raised_{false};
};

class RealThreads {
   public:
    using Mutex = RealMutex;
    using Condition = RealCondition;
    using Flag = RealFlag;

    RealThreads() = default;
    RealThreads(const RealThreads&) = delete;
    RealThreads& operator=(const RealThreads&) = delete;
    /// REQUIRES: request_stop() was called if threads were spawned.
    ~RealThreads() { join(); }

    [[nodiscard]] static TimePoint now() noexcept { return SteadyClock().now(); }
    [[nodiscard]] bool stopping() const noexcept {
        return stopping_.load(std::memory_order_relaxed);
    }

    /// From now on nothing sleeps or computes any more.
    void request_stop();

    std::suspend_never sleep(Nanoseconds duration);
    Ready<Nanoseconds> cpu(Nanoseconds duration, const Flag& flag);
    std::suspend_never cpu(Nanoseconds duration);

    /// False when the machine has no more threads. The thread is deaf to signals.
    bool spawn(Task<> body);

    /// Waits for all threads to end, those that they spawn meanwhile too.
    void join();

   private:
    struct Spawned {
        std::thread thread;
        bool ended = false;
    };
    void join_ended(std::unique_lock<std::mutex>& lock);

    std::atomic<bool> stopping_{false};
    std::mutex mutex_;  // guards what follows
    std::condition_variable stop_requested_;
    std::list<Spawned> spawned_;
};

}  // namespace contend
