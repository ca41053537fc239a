// From the schedule to channels, and from their events to the recorder.
//
// An arrival never waits for a free channel to be counted: it queues, and its latency runs from its
// intended time. Used by one thread.
#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include "core/trial_spec.h"
#include "exchange/registry.h"
#include "load/channels.h"
#include "load/exchange_queue.h"
#include "load/listeners.h"
#include "load/poll_window.h"
#include "load/sample_log.h"
#include "load/schedule.h"
#include "load/shares.h"
#include "load/worker_counters.h"

namespace contend {

/// A closed-loop user whose connection was refused waits this long, rather than asking again
/// as fast as the kernel can refuse.
inline constexpr Nanoseconds kRefusedPause = std::chrono::milliseconds(10);

template <ReadableClock Clock, StreamNetwork Network>
class Dispatcher {
   public:
    /// Of worker `index` of spec.threads. `window`, where there is one, is told of latencies.
    Dispatcher(const TrialSpec& spec, std::size_t index, Clock& clock, Network& network,
               const SessionMaker& make_session, PollWindow* window)
        : Dispatcher(spec, index, share_of(spec.connections, index, spec.threads), pushes_of(spec),
                     clock, network, make_session, window) {}
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    [[nodiscard]] Pool<Clock, Network>& pool() noexcept { return channels_.pool(); }
    [[nodiscard]] const Pool<Clock, Network>& pool() const noexcept { return channels_.pool(); }

    void begin(TimePoint start, TimePoint measure_begin, TimePoint measure_end) {
        start_ = start;
        measure_begin_ = measure_begin;
        measure_end_ = measure_end;
        recorder_.begin(measure_begin, measure_end);
        listeners_.begin(measure_begin, measure_end);
    }

    /// When the next exchange is intended; none while that depends on a response.
    [[nodiscard]] std::optional<TimePoint> next_due() const {
        const auto next = schedule_.peek();
        return next ? std::optional(start_ + *next) : std::nullopt;
    }

    /// Turns every intended time before `limit` into an exchange, and sends what can be sent.
    void release_before(TimePoint limit) {
        limit = std::min(limit, measure_end_);
        for (auto due = next_due(); due && *due < limit; due = next_due()) {
            Exchange exchange;
            exchange.intended = *due;
            exchange.class_index = schedule_.draw_class();
            exchange.measured = *due >= measure_begin_;
            exchange.stage = recorder_.stage_at(*due);
            schedule_.pop();
            recorder_.scheduled(exchange);
            if (limit_ != 0 && recorder_.scheduled_count() == limit_) {
                is_limit_reached_ = true;
                schedule_.end();
            }
            admit(exchange);
        }
    }

    /// Takes what has happened, and then sends what waits for a channel.
    void drain_events() {
        events_.drain([this](const Event& event) { take(event); });
        serve_queue();
    }

    /// Nothing more is intended, and nothing is waited for that is due after `end`.
    void drain(TimePoint end) {
        recorder_.cut_short(end);
        listeners_.drain(end);
        schedule_.end();
    }

    /// Whether all that was begun has ended; while draining, all that was due from the server too.
    [[nodiscard]] bool at_rest() const noexcept {
        return queue_.empty() && channels_.at_rest() && !listeners_.owing();
    }
    /// As many exchanges have been scheduled as were asked for.
    [[nodiscard]] bool is_limit_reached() const noexcept { return is_limit_reached_; }
    [[nodiscard]] TimePoint last_end() const noexcept { return last_end_; }

    /// Ends whatever is on its way, without waiting for it.
    void give_up(TimePoint now) {
        while (!queue_.empty()) {
            end(queue_.pop(), Outcome::kUnfinished, now, now);
        }
        channels_.give_up(
            [&](const Exchange& exchange) { end(exchange, Outcome::kUnfinished, now, now); });
        listeners_.give_up(now, on_push_ended());
    }

    void shut(TimePoint now) {
        listeners_.close(now, on_push_ended());
        channels_.shut();
        deadline_timer_.cancel();
    }

    [[nodiscard]] const Recorder& recorder() const noexcept { return recorder_; }
    [[nodiscard]] const WorkerCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] const SampleLog& samples() const noexcept { return samples_; }

   private:
    Dispatcher(const TrialSpec& spec, std::size_t index, std::size_t connections,
               const Pushes& pushes, Clock& clock, Network& network,
               const SessionMaker& make_session, PollWindow* window)
        : spec_(spec),
          clock_(clock),
          window_(window),
          limit_(share_of(spec.max_requests, index, spec.threads)),
          recorder_(spec),
          samples_(share_of(spec.most_samples, index, spec.threads)),
          schedule_(spec, index, spec.threads, connections),
          queue_(queue_limit(spec, connections)),
          listeners_(spec, pushes),
          channels_(spec, connections + pushes.connections, clock, network, make_session, events_,
                    recorder_),
          deadline_timer_(network) {}

    // A user of the closed loop who finds no channel waits: refused, he would ask again at once.
    static std::size_t queue_limit(const TrialSpec& spec, std::size_t connections) {
        const std::size_t least = spec.rate_per_s > 0.0 ? 1 : connections;
        return std::max(least, spec.max_queue / spec.threads);
    }

    // --- from the schedule to a channel -------------------------------------------------------

    void admit(const Exchange& exchange) {
        if (queue_.empty() && pool().has_room()) {
            channels_.send(exchange);
        } else if (queue_.full()) {
            const TimePoint now = clock_.now();
            end(exchange, Outcome::kShed, now, now);
        } else {
            queue_.push(exchange);
            serve_queue();
        }
    }

    void serve_queue() {
        if (queue_.empty()) {
            return;
        }
        shed_expired();
        while (!queue_.empty() && pool().has_room()) {
            channels_.send(queue_.pop());
        }
        pool().connect_up_to(queue_.size());
    }

    void shed_expired() {
        if (spec_.deadline == Nanoseconds(0)) {
            return;
        }
        const TimePoint now = clock_.now();
        while (!queue_.empty() && queue_.front().intended + spec_.deadline <= now) {
            end(queue_.pop(), Outcome::kShed, now, now);
        }
        watch_deadline();
    }

    // One timer for all: set for the first of them, and again once it has come.
    void watch_deadline() {
        if (queue_.empty() || is_deadline_watched_) {
            return;
        }
        is_deadline_watched_ = true;
        // Whoever waits for calls lets the queue be served behind each.
        deadline_timer_.at(queue_.front().intended + spec_.deadline,
                           [this] { is_deadline_watched_ = false; });
    }

    // --- from events to the recorder ----------------------------------------------------------

    void take(const Event& event) {
        switch (event.kind) {
            case Event::Kind::kConnected:
                channels_.greet(event);
                break;
            case Event::Kind::kOpened:
                if (channels_.open(event) && channels_.channel(event.channel).listens()) {
                    listeners_.opened(event.channel, channels_.channel(event.channel).greeted);
                }
                break;
            case Event::Kind::kRefused:
                take_refusal(event);
                break;
            case Event::Kind::kCompleted:
                if (const auto ended = channels_.complete(event)) {
                    end(ended->exchange, ended->outcome, ended->at, ended->now);
                }
                break;
            case Event::Kind::kPushed:
                listeners_.heard(event.channel, event.which, event.at, on_push_ended());
                break;
            case Event::Kind::kLost:
                listeners_.lost(event.channel, event.outcome, event.now, on_push_ended());
        }
    }

    // What a stream that listens owes is counted once it stands.
    void take_refusal(const Event& event) {
        if (const auto ended = channels_.refuse(event)) {
            end(ended->exchange, ended->outcome, ended->at, ended->now);
        } else if (!channels_.channel(event.channel).listens() && !queue_.empty()) {
            // Nobody's exchange was on it, and so that of the one that waits longest.
            end(queue_.pop(), Outcome::kConnect, event.now, event.now);
        }
    }

    void end(const Exchange& exchange, Outcome outcome, TimePoint at, TimePoint now) {
        recorder_.ended(exchange, outcome, at, now);
        samples_.ended(exchange, outcome, at);
        counters_.count(outcome);
        if (window_ != nullptr && outcome == Outcome::kOk) {
            window_->completed(at - exchange.intended - exchange.own_lateness);
        }
        const bool is_refused = outcome == Outcome::kConnect;
        schedule_.completed(now - start_ + (is_refused ? kRefusedPause : Nanoseconds(0)));
        last_end_ = now;
    }

    // No user waits for what the server sends of itself.
    auto on_push_ended() {
        return [this](const Exchange& push, Outcome outcome, TimePoint at) {
            recorder_.scheduled(push);
            recorder_.ended(push, outcome, at, at);
            samples_.ended(push, outcome, at);
            counters_.count(outcome);
        };
    }

    const TrialSpec& spec_;
    Clock& clock_;
    PollWindow* window_;
    std::uint64_t limit_;  // exchanges of the measure phase; 0: none
    Events events_;
    Recorder recorder_;
    WorkerCounters counters_;
    SampleLog samples_;
    Schedule schedule_;
    ExchangeQueue queue_;
    Listeners listeners_;
    Channels<Clock, Network> channels_;
    typename Network::Timer deadline_timer_;

    TimePoint start_{};
    TimePoint measure_begin_{};
    TimePoint measure_end_{};
    TimePoint last_end_{};
    bool is_deadline_watched_ = false;
    bool is_limit_reached_ = false;
};

}  // namespace contend
