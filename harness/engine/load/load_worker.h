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
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <span>

#include "core/gap_log.h"
#include "core/trial_spec.h"
#include "load/connection.h"
#include "load/connection_pool.h"
#include "load/listeners.h"
#include "load/pacer.h"
#include "load/recorder.h"
#include "load/request_queue.h"
#include "load/sample_log.h"
#include "load/schedule.h"
#include "load/slow_reads.h"
#include "load/stall_watch.h"
#include "load/thread_times.h"
#include "load/worker_counters.h"

namespace contend {

/// A connection idle for less than this is never sent a request twice (interface.md).
inline constexpr Nanoseconds kResendAfterIdle = std::chrono::seconds(1);

/// A closed-loop user whose connection was refused waits this long, rather than asking again
/// as fast as the kernel can refuse.
inline constexpr Nanoseconds kRefusedPause = std::chrono::milliseconds(10);

/// Gaps that are kept where samples are: a trial with more of them is none to certify anything by.
inline constexpr std::size_t kMostGaps = 1 << 18;

template <class Clock, class Transport>
class LoadWorker {
   public:
    using Slot = Connection<Transport>;

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
        pool_.open();
        transport_.run();
    }

    /// Runs the trial, whose warm-up starts at `start`, to the end of its drain.
    void run(TimePoint start) {
        start_ = start;
        measure_begin_ = start + spec_.warmup;
        measure_end_ = request_limit_ == 0 ? measure_begin_ + spec_.duration : TimePoint::max();
        recorder_.begin(measure_begin_, measure_end_);
        listeners_.begin(measure_begin_, measure_end_);
        running_ = true;
        phase_timer_.at(measure_begin_, [this] { enter_measure(); });
        pacer_.run();
    }

    /// Ends the measure phase now; what is in flight drains. While the pool is opened: ends that.
    void stop() {
        if (!running_) {
            pool_.stop_opening();
        } else if (!draining_) {
            enter_drain(clock_.now());
        }
    }

    /// Ends the trial now, without a drain.
    void abandon() {
        if (running_) {
            give_up();
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
    [[nodiscard]] std::size_t connections_missing() const noexcept { return pool_.missing(); }
    /// The measure phase's length as it was. REQUIRES: run() has returned.
    [[nodiscard]] Nanoseconds measured_for() const noexcept { return measured_for_; }

   private:
    using Pool = ConnectionPool<Clock, Transport, LoadWorker>;
    using Pace = Pacer<Clock, Transport, LoadWorker>;
    using Slow = SlowReads<Clock, Transport, LoadWorker>;
    using Listening = Listeners<Transport, LoadWorker>;
    friend Pool;
    friend Pace;
    friend Slow;
    friend Listening;

    LoadWorker(const TrialSpec& spec, std::size_t index, std::size_t connections, Clock& clock,
               Transport& transport, const ProtocolMaker& make_protocol)
        : spec_(spec),
          clock_(clock),
          transport_(transport),
          request_limit_(share_of(spec.max_requests, index, spec.threads)),
          recorder_(spec),
          schedule_(spec, index, spec.threads, connections),
          queue_(std::max<std::size_t>(1, spec.max_queue / spec.threads)),
          pool_(spec, connections + listening_connections(spec), clock, transport, make_protocol,
                *this),
          listeners_(spec, *this),
          slow_reads_(clock, transport, *this),
          samples_(share_of(spec.most_samples, index, spec.threads)),
          gaps_(samples_.wanted() ? std::optional<GapLog>(kMostGaps) : std::nullopt),
          pacer_(spec.pacing, clock, transport, *this, gaps_ ? &*gaps_ : nullptr),
          stall_watch_(clock, transport),
          phase_timer_(transport),
          timeout_timer_(transport),
          deadline_timer_(transport) {}

    // --- phases ---------------------------------------------------------------------------

    void opened() { transport_.stop(); }

    [[nodiscard]] bool running() const noexcept { return running_; }

    void enter_measure() {
        times_begin_ = times_end_ = ThreadTimes::read();
        stall_watch_.begin();
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
            times_end_ = ThreadTimes::read();
        }
        recorder_.cut_short(measure_begin_ + measured_for_);
        listeners_.drain(pool_.slots(), end);
        schedule_.end();
        pacer_.cancel();
        phase_timer_.at(clock_.now() + spec_.timeout, [this] { give_up(); });
        settle();
    }

    // Ends the trial, or a measure phase of so many requests, once nothing is left to wait for.
    void settle() {
        if (!queue_.empty() || !busy_.empty() || pool_.resending()) {
            return;
        }
        if (draining_ && listeners_.owing()) {
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
        for (const auto& slot : pool_.slots()) {
            if (slot->has_request) {
                end_request(slot->request, Outcome::kUnfinished, now);
            }
        }
        listeners_.give_up(pool_.slots(), now);
        finish();
    }

    void finish() {
        running_ = false;
        pool_.shut();
        phase_timer_.cancel();
        timeout_timer_.cancel();
        deadline_timer_.cancel();
        slow_reads_.cancel();
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
        if (queue_.empty() && pool_.has_idle()) {
            send(pool_.take_idle(), request);
        } else if (queue_.full()) {
            end_request(request, Outcome::kShed, clock_.now());
        } else {
            queue_.push(request);
            serve_queue();
        }
    }

    void serve_queue() {
        shed_expired();
        while (!queue_.empty() && pool_.has_idle()) {
            send(pool_.take_idle(), queue_.pop());
        }
        pool_.connect_up_to(queue_.size());
    }

    void shed_expired() {
        if (spec_.deadline == Nanoseconds(0) || queue_.empty()) {
            return;
        }
        const TimePoint now = clock_.now();
        while (!queue_.empty() && queue_.front().intended + spec_.deadline <= now) {
            end_request(queue_.pop(), Outcome::kShed, now);
        }
        if (!queue_.empty()) {
            deadline_timer_.at(queue_.front().intended + spec_.deadline, [this] {
                shed_expired();
                went_on();
            });
        }
    }

    void connected(Slot& slot) {
        const TimePoint now = clock_.now();
        recorder_.connected(now - slot.since);
        receive(slot);
        if (slot.protocol->listens()) {
            listeners_.heard(slot, slot.greeted);
            serve_queue();
        } else if (slot.has_request) {
            put_on_wire(slot);
        } else {
            pool_.rest(slot, now);
            serve_queue();
        }
    }

    void connect_failed(Slot& slot) {
        const TimePoint now = clock_.now();
        if (slot.protocol->listens()) {
            listeners_.lost(slot, Outcome::kConnect, now);
        } else if (slot.has_request) {
            slot.has_request = false;
            end_request(slot.request, Outcome::kConnect, now);
        } else if (!queue_.empty()) {
            end_request(queue_.pop(), Outcome::kConnect, now);
        }
        serve_queue();
        went_on();
    }

    // --- one request on the wire ----------------------------------------------------------

    // REQUIRES: slot is connected and in no list.
    void send(Slot& slot, const Request& request) {
        slot.request = request;
        slot.has_request = true;
        put_on_wire(slot);
    }

    void put_on_wire(Slot& slot) {
        if (spec_.classes[slot.request.class_index].carries_intended) {
            slot.protocol->carry(slot.request.intended);
        }
        slot.unsent = slot.protocol->request(slot.request.class_index);
        slot.response_bytes = 0;
        slot.state = ConnectionState::kBusy;
        busy_.push_back(slot);
        if (!slot.request.was_sent) {
            slot.request.was_sent = true;
            slot.request.sent = clock_.now();
            recorder_.sent(slot.request, slot.since);
        }
        write(slot);
        watch_timeouts();
    }

    void write(Slot& slot) {
        boost::system::error_code error;
        slot.unsent.remove_prefix(slot.socket.send(slot.unsent, error));
        if (error) {
            // The receive under way will say what became of the connection, and may still
            // bring an early response.
            slot.unsent = {};
        } else if (!slot.unsent.empty()) {
            slot.socket.wait_writable([this, &slot, generation = slot.generation] {
                if (slot.generation == generation) {
                    write(slot);
                }
            });
        }
    }

    // What the protocol answers by itself: a few bytes, which a connection that is not stuck takes
    // whole.
    bool say(Slot& slot, std::string_view answer) {
        boost::system::error_code error;
        return answer.empty() ||
               (slot.unsent.empty() && slot.socket.send(answer, error) == answer.size() && !error);
    }

    void receive(Slot& slot) {
        slot.socket.receive([this, &slot, generation = slot.generation](
                                const boost::system::error_code& error, std::string_view bytes,
                                std::optional<TimePoint> stamp) {
            if (slot.generation == generation) {
                received(slot, error, bytes, stamp);
            }
        });
    }

    void received(Slot& slot, const boost::system::error_code& error, std::string_view bytes,
                  std::optional<TimePoint> stamp) {
        const TimePoint now = clock_.now();
        if (slot.state == ConnectionState::kListening) {
            overheard(slot, error, bytes, stamp.value_or(now));
            return;
        }
        if (slot.state == ConnectionState::kIdle) {
            recorder_.received(bytes.size(), now);
            // Closed by the server, or bytes that nobody asked for: a connection that is out of
            // step can't be trusted with a request.
            const Reply reply = error ? Reply{} : slot.protocol->unasked(bytes);
            const bool goes_on = say(slot, reply.answer) && reply.keep_alive;
            const auto generation = slot.generation;
            if (!goes_on) {
                pool_.close_idle(slot);
            }
            end_others(slot, reply, now, stamp);
            if (goes_on && slot.generation == generation) {
                receive(slot);
            }
            return;
        }
        if (error) {
            lost(slot, error, now);
            return;
        }
        recorder_.received(bytes.size(), now);
        const auto generation = slot.generation;
        Reply reply = slot.protocol->receive(bytes);
        if (!say(slot, reply.answer)) {
            reply.outcome = reply.complete ? reply.outcome : Outcome::kReset;
            reply.complete = true;
            reply.keep_alive = false;
        }
        if (reply.complete) {
            complete(slot, reply, now, stamp);
        }
        end_others(slot, reply, now, stamp);
        if (slot.generation != generation) {
            return;
        }
        slot.response_bytes += bytes.size();
        const auto pace = spec_.classes[slot.request.class_index].read_bytes_per_s;
        if (pace == 0 || reply.complete) {
            receive(slot);
        } else {
            slow_reads_.wait(slot, Slow::due(slot.request.sent, slot.response_bytes, pace));
        }
    }

    void read_on(Slot& slot) { receive(slot); }

    // On a connection that listens.
    void overheard(Slot& slot, const boost::system::error_code& error, std::string_view bytes,
                   TimePoint at) {
        recorder_.received(bytes.size(), at);
        const Reply reply = error ? Reply{} : slot.protocol->unasked(bytes);
        listeners_.heard(slot, at);
        if (reply.keep_alive) {
            receive(slot);
        } else {
            listeners_.lost(slot, error ? Outcome::kReset : Outcome::kProtocol, clock_.now());
            pool_.close(slot);
        }
        if (draining_) {
            settle();
        }
    }

    // What came over one connection may be the last that requests of others waited for.
    void end_others(Slot& slot, const Reply& reply, TimePoint now, std::optional<TimePoint> stamp) {
        if (!reply.others_finished) {
            return;
        }
        while (const auto done = slot.protocol->finished_elsewhere()) {
            Slot& other = *pool_.slots()[done->connection];
            if (other.state == ConnectionState::kBusy) {
                const Reply whole{.complete = true, .keep_alive = true, .outcome = done->outcome};
                complete(other, whole, now, stamp);
            }
        }
    }

    void complete(Slot& slot, const Reply& reply, TimePoint now, std::optional<TimePoint> stamp) {
        busy_.remove(slot);
        slot.has_request = false;
        const Request request = slot.request;
        if (stamp) {
            recorder_.stamped(request, now - *stamp);
        }
        if (reply.keep_alive && slot.unsent.empty()) {
            pool_.rest(slot, now);
        } else {
            pool_.close(slot);
        }
        // Completed when the kernel had it; the user of a closed loop goes on when told.
        end_request(request, reply.outcome, stamp.value_or(now), now);
        if (!queue_.empty()) {
            serve_queue();
        }
        went_on();
    }

    // The peer closed or reset a connection with a request on it.
    void lost(Slot& slot, const boost::system::error_code& error, TimePoint now) {
        busy_.remove(slot);
        const bool rested = slot.request.sent - slot.since >= kResendAfterIdle;
        if (rested && !slot.request.resent && !slot.protocol->response_started() &&
            slot.protocol->idempotent(slot.request.class_index)) {
            slot.request.resent = true;
            recorder_.resent(slot.request);
            pool_.connect_again(slot);
            return;
        }
        slot.has_request = false;
        const bool ended = error == boost::asio::error::eof;
        const Outcome outcome = ended ? slot.protocol->end_of_stream().outcome : Outcome::kReset;
        pool_.close(slot);
        end_request(slot.request, outcome, now);
        serve_queue();
        went_on();
    }

    void watch_timeouts() {
        if (!timeouts_watched_) {
            timeouts_watched_ = true;
            timeout_timer_.at(busy_.front()->request.sent + spec_.timeout,
                              [this] { expire_requests(); });
        }
    }

    void expire_requests() {
        const TimePoint now = clock_.now();
        timeouts_watched_ = false;
        // A request that was sent again stands late in the list with its first send's time: it
        // may be given up a little late, never early.
        while (!busy_.empty() && busy_.front()->request.sent + spec_.timeout <= now) {
            Slot& slot = busy_.pop_front();
            slot.has_request = false;
            if (slot.unsent.empty() && slot.protocol->abandon()) {
                pool_.rest(slot, now);
            } else {
                pool_.close(slot);
            }
            end_request(slot.request, Outcome::kTimeout, now);
        }
        serve_queue();
        if (!busy_.empty()) {
            watch_timeouts();
        }
        went_on();
    }

    // --- after it -------------------------------------------------------------------------

    void end_request(const Request& request, Outcome outcome, TimePoint at) {
        end_request(request, outcome, at, at);
    }

    void end_request(const Request& request, Outcome outcome, TimePoint at, TimePoint now) {
        recorder_.ended(request, outcome, at, now);
        samples_.ended(request, outcome, at);
        counters_.count(outcome);
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
    Pool pool_;
    Listening listeners_;
    Slow slow_reads_;
    SampleLog samples_;
    std::optional<GapLog> gaps_;
    Pace pacer_;
    ConnectionList<Transport> busy_;  // in order of their sends
    StallWatch<Clock, Transport> stall_watch_;
    typename Transport::Timer phase_timer_;
    typename Transport::Timer timeout_timer_;
    typename Transport::Timer deadline_timer_;

    TimePoint start_{};
    TimePoint measure_begin_{};
    TimePoint measure_end_{};
    TimePoint last_end_{};
    ThreadTimes times_begin_;
    ThreadTimes times_end_;
    Nanoseconds measured_for_{0};
    bool running_ = false;
    bool draining_ = false;
    bool limit_reached_ = false;
    bool timeouts_watched_ = false;
};

}  // namespace contend
