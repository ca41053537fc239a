// One load thread's worth of a trial: sends what the schedule intends over its connections
// and hands every request's fate to the recorder.
//
// LoadWorker<Clock, Transport> runs on SteadyClock and SocketTransport in the product, and on
// VirtualClock and MemoryTransport in tests. It is driven by its transport's callbacks on one
// thread; other threads may read counters(), and stop it by a call posted to the transport.
//
// Life: open() connects the pool, run(start) goes through warm-up, measure and drain. An
// arrival never waits for a free connection to be counted: it queues, and its latency runs
// from its intended time.
#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include "core/gap_log.h"
#include "core/trial_spec.h"
#include "load/pacer.h"
#include "load/recorder.h"
#include "load/exchange_queue.h"
#include "load/sample_log.h"
#include "load/schedule.h"
#include "load/stall_watch.h"
#include "load/thread_times.h"
#include "load/wire.h"
#include "load/worker_counters.h"

namespace contend {

/// A closed-loop user whose connection was refused waits this long, rather than asking again
/// as fast as the kernel can refuse.
inline constexpr Nanoseconds kRefusedPause = std::chrono::milliseconds(10);

/// Gaps that are kept where samples are: a trial with more of them is none to certify anything by.
inline constexpr std::size_t kMostGaps = 1 << 18;

template <class Clock, class Transport>
class LoadWorker {
   public:
    /// What worker `index` of `parts` has of a whole, and what those before it have.
    static std::size_t share_of(std::size_t whole, std::size_t index, std::size_t parts) {
        return whole / parts + (index < whole % parts ? 1 : 0);
    }
    static std::size_t shares_before(std::size_t whole, std::size_t index, std::size_t parts) {
        return whole / parts * index + std::min(index, whole % parts);
    }

    /// Worker `index` of spec.threads. `spec`, `clock` and `transport` outlive it.
    LoadWorker(const TrialSpec& spec, std::size_t index, Clock& clock, Transport& transport,
               const ProtocolMaker& make_protocol)
        : LoadWorker(spec, index, share_of(spec.connections, index, spec.threads), clock, transport,
                     make_protocol) {}
    LoadWorker(const LoadWorker&) = delete;
    LoadWorker& operator=(const LoadWorker&) = delete;

    /// Connects the whole pool and returns when every connection stands or has failed.
    void open() {
        wire_.open();
        transport_.run();
    }

    /// Runs the trial, whose warm-up starts at `start`, to the end of its drain.
    void run(TimePoint start) {
        start_ = start;
        measure_begin_ = start + spec_.warmup;
        measure_end_ = request_limit_ == 0 ? measure_begin_ + spec_.duration : TimePoint::max();
        recorder_.begin(measure_begin_, measure_end_);
        wire_.begin(measure_begin_, measure_end_);
        running_ = true;
        phase_timer_.at(measure_begin_, [this] { enter_measure(); });
        pacer_.run();
    }

    /// Ends the measure phase now; what is in flight drains. While the pool is opened: ends that.
    void stop() {
        if (!running_) {
            wire_.stop_opening();
        } else if (!draining_) {
            enter_drain(clock_.now());
        }
    }

    /// Ends the trial now, without a drain. While the pool is opened: ends that.
    void abandon() {
        if (running_) {
            give_up();
        } else {
            wire_.stop_opening();
        }
    }

    [[nodiscard]] const Recorder& recorder() const noexcept { return recorder_; }
    [[nodiscard]] const WorkerCounters& counters() const noexcept { return counters_; }
    /// What the spec wants kept of each request. REQUIRES: run() has returned.
    [[nodiscard]] std::span<const Sample> samples() const noexcept { return samples_.samples(); }
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
        return wire_.connections_missing();
    }
    /// How long before an intended send it polled at the end; max() where it did always.
    [[nodiscard]] Nanoseconds poll_window() const noexcept { return poll_window_; }
    /// The measure phase's length as it was. REQUIRES: run() has returned.
    [[nodiscard]] Nanoseconds measured_for() const noexcept { return measured_for_; }

   private:
    using OnWire = Wire<Clock, Transport, LoadWorker>;
    using Pace = Pacer<Clock, Transport, LoadWorker>;
    friend OnWire;
    friend Pace;
    friend Listeners<Transport, LoadWorker>;

    LoadWorker(const TrialSpec& spec, std::size_t index, std::size_t connections, Clock& clock,
               Transport& transport, const ProtocolMaker& make_protocol)
        : spec_(spec),
          clock_(clock),
          transport_(transport),
          request_limit_(share_of(spec.max_requests, index, spec.threads)),
          recorder_(spec),
          schedule_(spec, index, spec.threads, connections),
          queue_(queue_limit(spec, connections)),
          wire_(spec, connections, clock, transport, make_protocol, recorder_, *this),
          samples_(share_of(spec.most_samples, index, spec.threads)),
          gaps_(samples_.wanted() ? std::optional<GapLog>(kMostGaps) : std::nullopt),
          pacer_(spec.pacing, clock, transport, *this, gaps_ ? &*gaps_ : nullptr),
          stall_watch_(clock, transport),
          phase_timer_(transport),
          deadline_timer_(transport) {}

    // A user of the closed loop who finds no connection waits: refused, he would ask again at once.
    static std::size_t queue_limit(const TrialSpec& spec, std::size_t connections) {
        const std::size_t least = spec.rate_per_s > 0.0 ? 1 : connections;
        return std::max(least, spec.max_queue / spec.threads);
    }

    // --- phases ---------------------------------------------------------------------------

    void opened() { transport_.stop(); }

    [[nodiscard]] bool running() const noexcept { return running_; }

    void enter_measure() {
        times_begin_ = times_end_ = ThreadTimes::read();
        stall_watch_.begin();
        (void)pacer_.slept();
        if (request_limit_ == 0) {
            phase_timer_.at(measure_end_, [this] { enter_drain(measure_end_); });
        }
    }

    void enter_drain(TimePoint end) {
        // What was meant to be sent before the end still is, however late this call comes.
        release_before(end);
        draining_ = true;
        measured_for_ = std::max(end - measure_begin_, Nanoseconds(0));
        if (measured_for_ > Nanoseconds(0)) {
            stall_watch_.end();
            const bool polled_always = spec_.pacing != Pacing::kSleep && !pacer_.slept();
            poll_window_ = polled_always ? Nanoseconds::max() : pacer_.window();
            times_end_ = ThreadTimes::read();
        }
        recorder_.cut_short(measure_begin_ + measured_for_);
        wire_.drain(end);
        schedule_.end();
        pacer_.cancel();
        phase_timer_.at(clock_.now() + spec_.timeout, [this] { give_up(); });
        settle();
    }

    // Ends the trial, or a measure phase of so many requests, once nothing is left to wait for.
    void settle() {
        if (!queue_.empty() || !wire_.at_rest()) {
            return;
        }
        if (draining_) {
            finish();
        } else if (limit_reached_) {
            enter_drain(last_end_ + Nanoseconds(1));
        }
    }

    void give_up() {
        const TimePoint now = clock_.now();
        while (!queue_.empty()) {
            end_request(queue_.pop(), Outcome::kUnfinished, now);
        }
        wire_.give_up(now);
        finish();
    }

    void finish() {
        running_ = false;
        wire_.shut();
        phase_timer_.cancel();
        deadline_timer_.cancel();
        transport_.stop();
    }

    // --- from the schedule to a connection ------------------------------------------------

    [[nodiscard]] std::optional<TimePoint> next_due() const {
        const auto next = schedule_.peek();
        return next ? std::optional(start_ + *next) : std::nullopt;
    }

    void release_due() { release_before(clock_.now() + Nanoseconds(1)); }

    // Turns every intended time before `limit` into a request.
    void release_before(TimePoint limit) {
        limit = std::min(limit, measure_end_);
        for (auto due = next_due(); due && *due < limit && !draining_; due = next_due()) {
            Request request;
            request.intended = *due;
            request.class_index = schedule_.draw_class();
            request.measured = *due >= measure_begin_;
            schedule_.pop();
            recorder_.scheduled(request);
            if (request_limit_ != 0 && recorder_.scheduled_count() == request_limit_) {
                limit_reached_ = true;
                schedule_.end();
            }
            admit(request);
        }
    }

    void admit(const Request& request) {
        if (queue_.empty() && wire_.has_idle()) {
            wire_.send(request);
        } else if (queue_.full()) {
            end_request(request, Outcome::kShed, clock_.now());
        } else {
            queue_.push(request);
            serve_queue();
        }
    }

    void serve_queue() {
        if (queue_.empty()) {
            return;
        }
        shed_expired();
        while (!queue_.empty() && wire_.has_idle()) {
            wire_.send(queue_.pop());
        }
        wire_.connect_up_to(queue_.size());
    }

    void shed_expired() {
        if (spec_.deadline == Nanoseconds(0) || queue_.empty()) {
            return;
        }
        const TimePoint now = clock_.now();
        while (!queue_.empty() && queue_.front().intended + spec_.deadline <= now) {
            end_request(queue_.pop(), Outcome::kShed, now);
        }
        watch_deadline();
    }

    // One timer for all: set for the first of them, and again once it has come.
    void watch_deadline() {
        if (queue_.empty() || deadline_watched_) {
            return;
        }
        deadline_watched_ = true;
        deadline_timer_.at(queue_.front().intended + spec_.deadline, [this] {
            deadline_watched_ = false;
            shed_expired();
            went_on();
        });
    }

    // A connection that nobody's request was on, and so that of the one that waits longest.
    void connect_failed(TimePoint now) {
        if (!queue_.empty()) {
            end_request(queue_.pop(), Outcome::kConnect, now);
        }
    }

    // --- from the wire ----------------------------------------------------------------------

    void end_request(const Request& request, Outcome outcome, TimePoint at) {
        end_request(request, outcome, at, at);
    }

    void end_request(const Request& request, Outcome outcome, TimePoint at, TimePoint now) {
        recorder_.ended(request, outcome, at, now);
        samples_.ended(request, outcome, at);
        counters_.count(outcome);
        if (outcome == Outcome::kOk) {
            pacer_.completed(at - request.intended - request.own_lateness);
        }
        const bool refused = outcome == Outcome::kConnect;
        schedule_.completed(now - start_ + (refused ? kRefusedPause : Nanoseconds(0)));
        last_end_ = now;
    }

    // Of what the server sends of itself: no user waits for it.
    void push_ended(const Request& push, Outcome outcome, TimePoint at) {
        recorder_.scheduled(push);
        recorder_.ended(push, outcome, at, at);
        samples_.ended(push, outcome, at);
        counters_.count(outcome);
    }

    // Something ended: a user of the closed loop may be free, the trial may be over.
    void went_on() {
        if (!running_) {
            return;
        }
        if (!draining_) {
            release_before(last_end_ + Nanoseconds(1));
            pacer_.rearm();
        }
        settle();
    }

    const TrialSpec& spec_;
    Clock& clock_;
    Transport& transport_;
    std::uint64_t request_limit_;  // of the measure phase; 0: none
    Recorder recorder_;
    WorkerCounters counters_;
    Schedule schedule_;
    RequestQueue queue_;
    OnWire wire_;
    SampleLog samples_;
    std::optional<GapLog> gaps_;
    Pace pacer_;
    StallWatch<Clock, Transport> stall_watch_;
    typename Transport::Timer phase_timer_;
    typename Transport::Timer deadline_timer_;

    TimePoint start_{};
    TimePoint measure_begin_{};
    TimePoint measure_end_{};
    TimePoint last_end_{};
    ThreadTimes times_begin_;
    ThreadTimes times_end_;
    Nanoseconds measured_for_{0};
    Nanoseconds poll_window_{0};
    bool running_ = false;
    bool deadline_watched_ = false;
    bool draining_ = false;
    bool limit_reached_ = false;
};

}  // namespace contend
