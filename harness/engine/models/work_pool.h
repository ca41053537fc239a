// A pool of threads with one queue, first in, first out: libuv's, for work that would block
// its loop.
//
// submit() and take_finished() are called by the loop's thread; each piece of work blocks one
// of the pool's threads for its duration, and the loop is woken when it is done.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "models/task.h"

namespace contend {

template <class Runtime, class Work>
class WorkPool {
   public:
    WorkPool(Runtime& runtime, std::uint64_t threads)
        : runtime_(runtime), threads_(threads), mutex_(runtime), changed_(runtime) {}

    void start() {
        for (std::uint64_t i = 0; i < threads_; ++i) {
            runtime_.spawn(serve());
        }
    }

    Task<> submit(Work work, Nanoseconds duration) {
        co_await mutex_.lock();
        queue_.emplace_back(work, duration);
        changed_.notify_one();
        mutex_.unlock();
    }

    /// What has been done since the last call, in the order in which it was done.
    Task<std::vector<Work>> take_finished() {
        co_await mutex_.lock();
        auto finished = std::exchange(finished_, {});
        mutex_.unlock();
        co_return finished;
    }

    /// The threads end; what is queued is forgotten.
    Task<> stop() {
        co_await mutex_.lock();
        stopped_ = true;
        changed_.notify_all();
        mutex_.unlock();
    }

   private:
    Task<> serve() {
        co_await mutex_.lock();
        while (true) {
            while (queue_.empty() && !stopped_) {
                co_await changed_.wait(mutex_);
            }
            if (stopped_) {
                break;
            }
            const auto [work, duration] = queue_.front();
            queue_.pop_front();
            mutex_.unlock();
            co_await runtime_.sleep(duration);
            co_await mutex_.lock();
            finished_.push_back(work);
            runtime_.wake();
        }
        mutex_.unlock();
    }

    Runtime& runtime_;
    std::uint64_t threads_;
    typename Runtime::Mutex mutex_;  // guards what follows
    typename Runtime::Condition changed_;
    std::deque<std::pair<Work, Nanoseconds>> queue_;
    std::vector<Work> finished_;
    bool stopped_ = false;
};

}  // namespace contend
