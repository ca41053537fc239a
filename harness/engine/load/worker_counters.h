// What others may watch while a worker runs.
//
// Written by the worker's thread alone, so nothing has to be locked; read by any.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/outcome.h"

namespace contend {

struct WorkerCounters {
    std::atomic<std::uint64_t> completed{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> given_up{0};      // of those that failed: timeout, shed, unfinished
    std::atomic<std::uint64_t> wrong_status{0};  // and those that were answered by another status

    void count(Outcome outcome) noexcept {
        add_one(outcome == Outcome::kOk ? completed : failed);
        if (outcome != Outcome::kOk && !is_failure(outcome)) {
            add_one(given_up);
        }
        if (outcome == Outcome::kStatus) {
            add_one(wrong_status);
        }
    }

   private:
    static void add_one(std::atomic<std::uint64_t>& counter) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
};

}  // namespace contend
