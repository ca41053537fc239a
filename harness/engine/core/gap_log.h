// When a thread that polls was kept from polling: by another thread, an interrupt, or a
// hypervisor that gave its core away.
//
// The thread tells every look at its clock; two of them that lie further apart than its own work
// takes are a gap. Recording allocates nothing. When it is full the last gap grows, so that
// nothing which was interrupted ever seems undisturbed. Used by one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "core/clock.h"

namespace contend {

struct Gap {
    TimePoint begin{};
    TimePoint end{};
};

class GapLog {
   public:
    /// A shorter time between two looks is the thread's own work.
    static constexpr Nanoseconds kLongestWork = std::chrono::microseconds(20);

    /// REQUIRES: most > 0.
    explicit GapLog(std::size_t most) : most_(most) { gaps_.reserve(most); }

    /// Polling begins: nothing before was a gap.
    void begin(TimePoint now) noexcept { last_ = now; }

    void look(TimePoint now) noexcept {
        if (now - last_ > kLongestWork) {
            add({last_, now});
        }
        last_ = now;
    }

    [[nodiscard]] const std::vector<Gap>& gaps() const noexcept { return gaps_; }

   private:
    void add(const Gap& gap) noexcept {
        if (gaps_.size() < most_) {
            gaps_.push_back(gap);
        } else {
            gaps_.back().end = gap.end;
        }
    }

    std::size_t most_;
    std::vector<Gap> gaps_;
    TimePoint last_{};
};

}  // namespace contend
