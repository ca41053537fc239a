// How long before an intended send a load thread stops sleeping and polls: as long as this
// machine's wake-ups are late, as far as that matters to what is measured.
//
// A wake-up is late by tens of microseconds on a virtual machine, and by how much depends on how
// long the core has slept, so that it has to be found at the rate that is asked for: from the
// wake-ups themselves, looked at again every second, and every quarter of one in the first. The
// shortest window is the one that costs the least. Used by one thread.
#pragma once

#include <algorithm>
#include <utility>

#include "core/coarse_counts.h"

namespace contend {

class PollWindow {
   public:
    /// Own lateness that is to be kept at p99: so long, or so much of the median latency.
    static constexpr Nanoseconds kHarmless = std::chrono::microseconds(5);
    static constexpr double kHarmlessShare = 0.02;

    [[nodiscard]] Nanoseconds length() const noexcept { return length_; }

    void sleeps() noexcept { slept_ = true; }
    void woke(Nanoseconds late) noexcept { late_.record(late); }
    /// Looks at it again when it is time to; to be called often, asleep or not.
    void look(TimePoint now) noexcept {
        if (now >= next_look_) {
            choose();
            next_look_ = now + (++looks_ <= kOftenLooks ? kOften : kSeldom);
        }
    }
    void completed(Nanoseconds latency) noexcept { latency_.record(latency); }

   private:
    static constexpr Nanoseconds kAtFirst = std::chrono::microseconds(60);
    static constexpr Nanoseconds kShortest = std::chrono::microseconds(20);  // unmeasured
    // Rather than poll for longer, a thread is late: a core is not to be taken for it.
    static constexpr Nanoseconds kLongest = std::chrono::milliseconds(10);
    static constexpr std::uint64_t kFewest = 20;  // wake-ups, by which a look says something
    static constexpr Nanoseconds kOften = std::chrono::milliseconds(250);
    static constexpr Nanoseconds kSeldom = std::chrono::seconds(1);
    static constexpr int kOftenLooks = 4;
    // One send in a hundred may be late, and half of those are left to all that isn't a wake-up.
    static constexpr double kPunctual = 0.995;

    // Where it polled all the time there was no wake-up to measure: half of the window lets it
    // sleep sooner or later, and see.
    void choose() noexcept {
        if (!std::exchange(slept_, false)) {
            length_ = std::max(length_ / 2, kShortest);
            return;
        }
        if (late_.count() < kFewest) {
            return;
        }
        Nanoseconds harmless = kHarmless;
        if (latency_.count() > 0) {
            harmless = std::max(harmless, std::chrono::duration_cast<Nanoseconds>(
                                              kHarmlessShare * latency_.quantile(0.5)));
        }
        length_ = std::clamp(late_.quantile(kPunctual) - harmless, Nanoseconds(0), kLongest);
        late_.halve();
        latency_.halve();
    }

    CoarseCounts late_;
    CoarseCounts latency_;
    Nanoseconds length_ = kAtFirst;
    TimePoint next_look_{};
    int looks_ = 0;
    bool slept_ = false;  // since the last look
};

}  // namespace contend
