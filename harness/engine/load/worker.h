// One load thread's worth of a trial: its phases, and what it waits for in each.
//
// Worker<Clock, Network> runs on SteadyClock and sockets in the product, and on VirtualClock and
// MemoryNetwork in tests. It makes its network's calls on one thread; other threads may read
// counters(), and stop it by a call posted to the network.
//
// Life: open() connects the channels, run(start) goes through warm-up, measure and drain.
#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include "core/gap_log.h"
#include "core/trial_spec.h"
#include "load/dispatcher.h"
#include "load/pacer.h"
#include "load/stall_watch.h"
#include "load/thread_times.h"

namespace contend {

/// Gaps that are kept where samples are: a trial with more of them is none to certify anything by.
inline constexpr std::size_t kMostGaps = 1 << 18;

template <ReadableClock Clock, StreamNetwork Network>
class Worker {
   public:
    /// Worker `index` of spec.threads. `spec`, `clock` and `network` outlive it.
    Worker(const TrialSpec& spec, std::size_t index, Clock& clock, Network& network,
           const SessionMaker& make_session)
        : spec_(spec),
          clock_(clock),
          network_(network),
          has_limit_(spec.max_requests > 0),
          gaps_(spec.most_samples > 0 ? std::optional<GapLog>(kMostGaps) : std::nullopt),
          pacer_(spec.pacing, clock, network, gaps_ ? &*gaps_ : nullptr),
          dispatcher_(spec, index, clock, network, make_session, pacer_.found()),
          stall_watch_(clock, network),
          phase_timer_(network) {}
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Connects every channel and returns when each stands or has failed.
    void open() {
        dispatcher_.pool().open();
        while (dispatcher_.pool().is_opening()) {
            network_.run_one();
            dispatcher_.drain_events();
        }
    }

    /// Runs the trial, whose warm-up starts at `start`, to the end of its drain.
    void run(TimePoint start) {
        measure_begin_ = start + spec_.warmup;
        measure_end_ = has_limit_ ? TimePoint::max() : measure_begin_ + spec_.duration;
        dispatcher_.begin(start, measure_begin_, measure_end_);
        is_running_ = true;
        phase_timer_.at(measure_begin_, [this] { enter_measure(); });
        pacer_.begin();
        release_due();
        while (is_running_) {
            if (pacer_.wait(dispatcher_.next_due(), [this] { return go_on(); }) && is_running_) {
                release_due();
            }
        }
    }

    /// Ends the measure phase now; what is in flight drains. While channels are opened: ends that.
    void stop() {
        if (!is_running_) {
            dispatcher_.pool().stop_opening();
        } else if (!is_draining_) {
            enter_drain(clock_.now());
        }
    }

    /// Ends the trial now, without a drain. While channels are opened: ends that.
    void abandon() {
        if (is_running_) {
            give_up();
        } else {
            dispatcher_.pool().stop_opening();
        }
    }

    [[nodiscard]] const Recorder& recorder() const noexcept { return dispatcher_.recorder(); }
    [[nodiscard]] const WorkerCounters& counters() const noexcept { return dispatcher_.counters(); }
    /// What the spec wants kept of each request. REQUIRES: run() has returned.
    [[nodiscard]] std::span<const Sample> samples() const noexcept {
        return dispatcher_.samples().samples();
    }
    [[nodiscard]] std::span<const Gap> gaps() const noexcept {
        return gaps_ ? std::span<const Gap>(gaps_->gaps()) : std::span<const Gap>();
    }
    /// This thread's CPU time in the measure phase. REQUIRES: run() has returned.
    [[nodiscard]] Nanoseconds measure_cpu() const noexcept {
        return times_end_.cpu - times_begin_.cpu;
    }
    /// Its time on a run queue, where that is known. REQUIRES: run() has returned.
    [[nodiscard]] std::optional<Nanoseconds> run_queue_delay() const noexcept {
        if (!times_begin_.run_queue_delay || !times_end_.run_queue_delay) {
            return std::nullopt;
        }
        return *times_end_.run_queue_delay - *times_begin_.run_queue_delay;
    }
    /// How long it stood still. REQUIRES: run() has returned.
    [[nodiscard]] Nanoseconds stalled() const noexcept { return stall_watch_.stalled(); }
    [[nodiscard]] Nanoseconds longest_stall() const noexcept { return stall_watch_.longest(); }
    /// Connections that open() could not make. REQUIRES: open() has returned.
    [[nodiscard]] std::size_t connections_missing() const noexcept {
        return dispatcher_.pool().missing();
    }
    /// How long before an intended send it polled at the end; max() where it did always.
    [[nodiscard]] Nanoseconds poll_window() const noexcept { return poll_window_; }
    /// The measure phase's length as it was. REQUIRES: run() has returned.
    [[nodiscard]] Nanoseconds measured_for() const noexcept { return measured_for_; }

   private:
    void release_due() { dispatcher_.release_before(clock_.now() + Nanoseconds(1)); }

    // Behind each of the network's calls. False once the trial is over.
    bool go_on() {
        if (is_running_) {
            dispatcher_.drain_events();
            if (!is_draining_) {
                // A user of the closed loop who is free asks again at once.
                dispatcher_.release_before(dispatcher_.last_end() + Nanoseconds(1));
            }
            settle();
        }
        return is_running_;
    }

    void enter_measure() {
        times_begin_ = times_end_ = ThreadTimes::read();
        stall_watch_.begin();
        (void)pacer_.slept();
        if (!has_limit_) {
            phase_timer_.at(measure_end_, [this] { enter_drain(measure_end_); });
        }
    }

    void enter_drain(TimePoint end) {
        // What was meant to be sent before the end still is, however late this call comes.
        dispatcher_.release_before(end);
        is_draining_ = true;
        measured_for_ = std::max(end - measure_begin_, Nanoseconds(0));
        if (measured_for_ > Nanoseconds(0)) {
            stall_watch_.end();
            const bool polled_always = spec_.pacing != Pacing::kSleep && !pacer_.slept();
            poll_window_ = polled_always ? Nanoseconds::max() : pacer_.window();
            times_end_ = ThreadTimes::read();
        }
        dispatcher_.drain(std::max(end, measure_begin_));
        pacer_.cancel();
        phase_timer_.at(clock_.now() + spec_.timeout, [this] { give_up(); });
    }

    // Ends the trial, or a measure phase of so many requests, once nothing is left to wait for.
    void settle() {
        const bool may_end = is_draining_ || dispatcher_.is_limit_reached();
        if (!may_end || !dispatcher_.at_rest()) {
            return;
        }
        if (!is_draining_) {
            enter_drain(dispatcher_.last_end() + Nanoseconds(1));
        }
        if (dispatcher_.at_rest()) {
            finish();
        }
    }

    void give_up() {
        dispatcher_.give_up(clock_.now());
        finish();
    }

    void finish() {
        is_running_ = false;
        dispatcher_.shut(clock_.now());
        phase_timer_.cancel();
    }

    const TrialSpec& spec_;
    Clock& clock_;
    Network& network_;
    bool has_limit_;  // the measure phase ends by a number of requests
    std::optional<GapLog> gaps_;
    Pacer<Clock, Network> pacer_;
    Dispatcher<Clock, Network> dispatcher_;
    StallWatch<Clock, Network> stall_watch_;
    typename Network::Timer phase_timer_;

    TimePoint measure_begin_{};
    TimePoint measure_end_{};
    ThreadTimes times_begin_;
    ThreadTimes times_end_;
    Nanoseconds measured_for_{0};
    Nanoseconds poll_window_{0};
    bool is_running_ = false;
    bool is_draining_ = false;
};

}  // namespace contend
