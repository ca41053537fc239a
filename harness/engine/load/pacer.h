// Waits for the next intended send, by sleeping, by polling for a window before it, or by polling
// always.
//
// Makes the network's calls, one at a time; it does not know what is sent. Used by one thread.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "core/gap_log.h"
#include "core/trial_spec.h"
#include "load/poll_window.h"
#include "net/byte_stream.h"

namespace contend {

/// How long before an intended send `spin` stops sleeping and polls.
inline constexpr Nanoseconds kSpinWindow = std::chrono::microseconds(60);

template <ReadableClock Clock, StreamNetwork Network>
class Pacer {
   public:
    /// `gaps`, where there is one, is told of every look at the clock of all but `sleep`.
    Pacer(Pacing pacing, Clock& clock, Network& network, GapLog* gaps)
        : pacing_(pacing), clock_(clock), network_(network), gaps_(gaps), timer_(network) {}

    /// Before the first wait().
    void begin() {
        if (pacing_ != Pacing::kSleep) {
            awake(std::nullopt);
        }
    }

    /// Makes one call, or all that are due where it polls, and after() behind each, until that is
    /// false. True when `due`, the next intended send, may have come.
    template <class After>
    bool wait(std::optional<TimePoint> due, After after) {
        if (pacing_ == Pacing::kSleep) {
            sleep_until(due);
            after();
            return std::exchange(has_woken_, false);
        }
        looked();
        if (polls_for(due)) {
            for (int calls = 0; calls < kMostCalls && network_.poll_one() && after(); ++calls) {
            }
            return true;
        }
        slept_ = true;
        found_.sleeps();
        sleep_until(due ? std::optional(*due - window()) : due);
        awake(due);
        after();
        return true;
    }

    void cancel() { timer_.cancel(); }

    /// Where `auto` has its window from, to be told of latencies; null where none is looked for.
    [[nodiscard]] PollWindow* found() noexcept {
        return pacing_ == Pacing::kAuto ? &found_ : nullptr;
    }
    /// How long before an intended send it polls, without end where it always does.
    [[nodiscard]] Nanoseconds window() const noexcept {
        switch (pacing_) {
            case Pacing::kSleep:
                return Nanoseconds(0);
            case Pacing::kSpin:
                return kSpinWindow;
            case Pacing::kAuto:
                return found_.length();
            case Pacing::kBusy:
                break;
        }
        return Nanoseconds::max();
    }
    /// Whether it has slept since the last call.
    [[nodiscard]] bool slept() noexcept { return std::exchange(slept_, false); }

   private:
    // Between two looks at the clock: what comes without end keeps no send from its time.
    static constexpr int kMostCalls = 64;

    [[nodiscard]] bool polls_for(std::optional<TimePoint> due) {
        if (pacing_ == Pacing::kBusy) {
            return true;
        }
        const TimePoint now = clock_.now();
        if (pacing_ == Pacing::kAuto) {
            found_.look(now);
        }
        return due && *due - now <= window();
    }

    void sleep_until(std::optional<TimePoint> time) {
        arm(time);
        network_.run_one();
    }

    // Reads the clock for the log alone, so that a trial without one pays nothing.
    void looked() {
        if (gaps_ != nullptr) {
            gaps_->look(clock_.now());
        }
    }

    // A sleeper that comes too late for a send has missed what lies in between.
    void awake(std::optional<TimePoint> due) {
        if (gaps_ != nullptr) {
            const TimePoint now = clock_.now();
            gaps_->begin(due ? std::min(now, *due) : now);
        }
    }

    // Setting a timer is a system call, and a dear one on a virtual machine: not while it is
    // set for that time or an earlier one, when it will be set anew.
    void arm(std::optional<TimePoint> time) {
        if (!time || *time >= armed_for_) {
            return;
        }
        armed_for_ = *time;
        timer_.at(*time, [this] {
            const TimePoint due = std::exchange(armed_for_, TimePoint::max());
            has_woken_ = true;
            if (pacing_ == Pacing::kAuto) {
                found_.woke(clock_.now() - due);
            }
        });
    }

    Pacing pacing_;
    Clock& clock_;
    Network& network_;
    GapLog* gaps_;
    PollWindow found_;
    typename Network::Timer timer_;
    TimePoint armed_for_ = TimePoint::max();
    bool has_woken_ = false;
    bool slept_ = false;
};

}  // namespace contend
