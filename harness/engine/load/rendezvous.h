// Where load threads and the one that runs the trial meet: all connections stand, all start at one
// time, all have ended.
//
// Safe from any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>

#include "core/clock.h"

namespace contend {

class Rendezvous {
   public:
    explicit Rendezvous(std::size_t threads) : threads_(threads) {}

    // --- for load threads ---

    /// Its connections stand. Gives the time at which it is to start; none: it is to end.
    std::optional<TimePoint> opened() {
        std::unique_lock lock(mutex_);
        ++opened_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return start_.has_value(); });
        return failure_ == nullptr ? start_ : std::nullopt;
    }
    void finished() {
        const std::lock_guard lock(mutex_);
        ++finished_;
        changed_.notify_all();
    }

    /// What is thrown at the moment ends the trial, and is thrown by throw_failure().
    void fail() {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
    }

    // --- for the one that runs the trial ---

    enum class Milestone : std::uint8_t { kAllOpened, kAllFinished };

    [[nodiscard]] bool is_at(Milestone milestone) {
        const std::lock_guard lock(mutex_);
        return reached(milestone);
    }
    void start(TimePoint at) {
        const std::lock_guard lock(mutex_);
        start_ = at;
        changed_.notify_all();
    }
    /// Waits until all threads are there, at most until `time`.
    void wait(Milestone milestone, TimePoint time) {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, time, [&] { return reached(milestone); });
    }
    void throw_failure() {
        const std::lock_guard lock(mutex_);
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

   private:
    [[nodiscard]] bool reached(Milestone milestone) const noexcept {
        return (milestone == Milestone::kAllOpened ? opened_ : finished_) == threads_;
    }

    std::size_t threads_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::size_t opened_ = 0;
    std::size_t finished_ = 0;
    std::optional<TimePoint> start_;
    std::exception_ptr failure_;
};

}  // namespace contend
