// Waits for the next intended send, by sleeping, by polling for a window before it, or by polling
// always.
//
// The owner says when the next send is meant to be (next_due(), none while that depends on a
// response) and sends what is due (release_due()). Used by one thread.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "core/gap_log.h"
#include "core/trial_spec.h"
#include "load/poll_window.h"

namespace contend {

/// How long before an intended send `spin` stops sleeping and polls.
inline constexpr Nanoseconds kSpinWindow = std::chrono::microseconds(60);

template <class Clock, class Transport, class Owner>
class Pacer {
   public:
    /// `gaps`, where there is one, is told of every look at the clock of `spin` and `busy`.
    Pacer(Pacing pacing, Clock& clock, Transport& transport, Owner& owner, GapLog* gaps)
        : pacing_(pacing),
          clock_(clock),
          transport_(transport),
          owner_(owner),
          gaps_(gaps),
          timer_(transport) {}

    /// Runs the transport until the owner is done.
    void run() {
        switch (pacing_) {
            case Pacing::kSleep:
                wake();
                while (owner_.running()) {
                    transport_.run();
                }
                break;
            case Pacing::kSpin:
            case Pacing::kAuto:
                awake(std::nullopt);
                while (owner_.running()) {
                    spin();
                }
                break;
            case Pacing::kBusy:
                awake(std::nullopt);
                while (owner_.running()) {
                    owner_.release_due();
                    looked();
                    transport_.poll();
                }
                break;
        }
    }

    /// The next intended send may have changed. Only a sleeper has to be told: the others look
    /// for themselves.
    void rearm() {
        if (pacing_ == Pacing::kSleep) {
            arm(owner_.next_due());
        }
    }

    void cancel() { timer_.cancel(); }

    /// A request ended well.
    void completed(Nanoseconds latency) noexcept {
        if (pacing_ == Pacing::kAuto) {
            found_.completed(latency);
        }
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
    void wake() {
        owner_.release_due();
        rearm();
    }

    void spin() {
        owner_.release_due();
        looked();
        auto next = owner_.next_due();
        const TimePoint now = clock_.now();
        if (pacing_ == Pacing::kAuto) {
            found_.look(now);
        }
        const Nanoseconds window = this->window();
        if (next && *next - now <= window) {
            transport_.poll();
            return;
        }
        const auto due = next;
        if (next) {
            *next -= window;
        }
        arm(next);
        slept_ = true;
        found_.sleeps();
        transport_.run_one();
        awake(due);
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
            if (pacing_ == Pacing::kSleep) {
                wake();
            } else if (pacing_ == Pacing::kAuto) {
                found_.woke(clock_.now() - due);
            }
        });
    }

    Pacing pacing_;
    Clock& clock_;
    Transport& transport_;
    Owner& owner_;
    GapLog* gaps_;
    PollWindow found_;
    typename Transport::Timer timer_;
    TimePoint armed_for_ = TimePoint::max();
    bool slept_ = false;
};

}  // namespace contend
