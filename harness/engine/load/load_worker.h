// One load thread's worth of a trial: sends what the schedule intends over its connections
// and hands every request's fate to the recorder.
//
// LoadWorker<Clock, Transport> runs on SteadyClock and SocketTransport in the product, and on
// VirtualClock and MemoryTransport in tests. It is driven by its transport's callbacks on one
// thread; only counters() and stop(), by way of the transport, may be used from others.
//
// Life: open() connects the pool, run(start) goes through warm-up, measure and drain. An
// arrival never waits for a free connection to be counted: it queues, and its latency runs
// from its intended time.
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/circular_buffer.hpp>
#include <boost/system/error_code.hpp>
#include <cassert>
#include <memory>
#include <optional>
#include <vector>

#include "core/trial_spec.h"
#include "load/connection.h"
#include "load/recorder.h"
#include "load/schedule.h"
#include "load/thread_cpu.h"

namespace contend {

/// How long before an intended send `spin` stops sleeping and polls.
inline constexpr Nanoseconds kSpinWindow = std::chrono::microseconds(60);

/// A connection idle for less than this is never sent a request twice (interface.md).
inline constexpr Nanoseconds kResendAfterIdle = std::chrono::seconds(1);

/// The pool is opened at this pace, so that a short listen backlog isn't the experiment.
inline constexpr Nanoseconds kOpenInterval = std::chrono::milliseconds(1);

/// A closed-loop user whose connection was refused waits this long, rather than asking again
/// as fast as the kernel can refuse.
inline constexpr Nanoseconds kRefusedPause = std::chrono::milliseconds(10);

/// What others may watch while a worker runs.
struct WorkerCounters {
    std::atomic<std::uint64_t> completed{0};
    std::atomic<std::uint64_t> failed{0};
};

template <class Clock, class Transport>
class LoadWorker {
   public:
    using Slot = Connection<Transport>;
    using List = ConnectionList<Transport>;

    /// `spec` and `clock` outlive the worker. Worker `index` of spec.threads.
    LoadWorker(const TrialSpec& spec, std::size_t index, Clock& clock, Transport& transport,
               const ProtocolMaker& make_protocol)
        : spec_(spec),
          clock_(clock),
          transport_(transport),
          recorder_(spec),
          connection_count_(share_of(spec.connections, index, spec.threads)),
          schedule_(spec, index, spec.threads, connection_count_),
          queue_(kInitialQueue),
          request_limit_(spec.max_requests == 0 ? 0
                                                : share_of(spec.max_requests, index, spec.threads)),
          max_queue_(std::max<std::size_t>(1, spec.max_queue / spec.threads)),
          open_timer_(transport),
          pace_timer_(transport),
          phase_timer_(transport),
          timeout_timer_(transport),
          connect_timer_(transport),
          deadline_timer_(transport) {
        slots_.reserve(connection_count_);
        for (std::size_t i = 0; i < connection_count_; ++i) {
            slots_.push_back(std::make_unique<Slot>(transport, make_protocol()));
            closed_.push_back(*slots_.back());
        }
    }

    /// Connects the whole pool and returns when every connection stands or has failed.
    void open() {
        to_open_ = slots_.size();
        open_next();
        transport_.run();
    }

    /// Runs the trial, whose warm-up starts at `start`, to the end of its drain.
    void run(TimePoint start) {
        start_ = start;
        measure_begin_ = start + spec_.warmup;
        measure_end_ = request_limit_ == 0 ? measure_begin_ + spec_.duration : TimePoint::max();
        running_ = true;
        recorder_.begin(measure_begin_, measure_end_);
        phase_timer_.at(measure_begin_, [this] { enter_measure(); });
        switch (spec_.pacing) {
            case Pacing::kSleep:
                pace();
                transport_.run();
                break;
            case Pacing::kSpin:
                spin();
                break;
            case Pacing::kBusy:
                while (running_) {
                    release_due();
                    transport_.poll();
                }
                break;
        }
    }

    /// Ends the measure phase now; what is in flight drains. Call it on the worker's thread.
    void stop() {
        if (running_ && !draining_) {
            enter_drain(clock_.now());
        }
    }

    [[nodiscard]] const Recorder& recorder() const noexcept { return recorder_; }
    [[nodiscard]] const WorkerCounters& counters() const noexcept { return counters_; }
    /// Of this thread, in the measure phase. REQUIRES: run() has returned.
    [[nodiscard]] Nanoseconds measure_cpu() const noexcept { return cpu_end_ - cpu_begin_; }
    [[nodiscard]] Nanoseconds measured_for() const noexcept { return measured_for_; }

   private:
    static constexpr std::size_t kInitialQueue = 1024;

    static std::size_t share_of(std::size_t whole, std::size_t index, std::size_t parts) {
        return whole / parts + (index < whole % parts ? 1 : 0);
    }

    // --- phases ---------------------------------------------------------------------------

    void enter_measure() {
        cpu_begin_ = thread_cpu();
        if (request_limit_ == 0) {
            phase_timer_.at(measure_end_, [this] { enter_drain(measure_end_); });
        }
    }

    void enter_drain(TimePoint end) {
        if (draining_) {
            return;
        }
        // What was due before the end is intended still, however late this callback runs.
        release_due_before(end);
        draining_ = true;
        cpu_end_ = thread_cpu();
        measure_end_ = std::max(end, measure_begin_);
        measured_for_ = measure_end_ - measure_begin_;
        recorder_.cut_short(measure_end_);
        schedule_.end();
        pace_timer_.cancel();
        phase_timer_.at(clock_.now() + spec_.timeout, [this] { give_up(); });
        finish_if_drained();
    }

    void finish_if_drained() {
        if (draining_ && running_ && queue_.empty() && busy_.empty() && resending_ == 0) {
            finish();
        }
    }

    void give_up() {
        const TimePoint now = clock_.now();
        while (!queue_.empty()) {
            end_request(pop_queue(), Outcome::kUnfinished, now);
        }
        for (const auto& slot : slots_) {
            if (slot->has_request) {
                slot->has_request = false;
                end_request(slot->request, Outcome::kUnfinished, now);
            }
        }
        finish();
    }

    void finish() {
        running_ = false;
        for (const auto& slot : slots_) {
            ++slot->generation;
            slot->socket.close();
        }
        for (auto* timer : {&open_timer_, &pace_timer_, &phase_timer_, &timeout_timer_,
                            &connect_timer_, &deadline_timer_}) {
            timer->cancel();
        }
        transport_.stop();
    }

    // --- pacing ---------------------------------------------------------------------------

    void pace() {
        release_due();
        arm_pace();
    }

    void arm_pace() {
        if (const auto next = schedule_.peek(); next && running_) {
            const TimePoint at = start_ + *next;
            if (at != paced_for_) {
                paced_for_ = at;
                pace_timer_.at(at, [this] {
                    paced_for_ = TimePoint::min();
                    pace();
                });
            }
        }
    }

    void spin() {
        while (running_) {
            release_due();
            const auto next = schedule_.peek();
            if (next && start_ + *next - clock_.now() <= kSpinWindow) {
                transport_.poll();
                continue;
            }
            if (next && start_ + *next - kSpinWindow != paced_for_) {
                paced_for_ = start_ + *next - kSpinWindow;
                pace_timer_.at(paced_for_, [] {});
            }
            transport_.run_one();
        }
    }

    void release_due() { release_due_before(clock_.now() + Nanoseconds(1)); }

    // Turns every intended time before `limit` into a request.
    void release_due_before(TimePoint limit) {
        limit = std::min(limit, measure_end_);
        while (!draining_) {
            const auto next = schedule_.peek();
            if (!next || start_ + *next >= limit) {
                return;
            }
            Request request;
            request.intended = start_ + *next;
            request.class_index = schedule_.draw_class();
            request.measured = request.intended >= measure_begin_;
            schedule_.pop();
            recorder_.scheduled(request);
            admit(request);
            if (request_limit_ != 0 && recorder_.scheduled_count() >= request_limit_) {
                schedule_.end();
                limited_ = true;
                return;
            }
        }
    }

    void admit(const Request& request) {
        if (queue_.empty() && !idle_.empty()) {
            send(idle_.pop_front(), request);
            return;
        }
        if (queue_.size() >= max_queue_) {
            end_request(request, Outcome::kShed, clock_.now());
            return;
        }
        if (queue_.full()) {
            queue_.set_capacity(queue_.capacity() * 2);
        }
        queue_.push_back(request);
        serve_queue();
    }

    // --- queue and pool -------------------------------------------------------------------

    Request pop_queue() {
        Request request = queue_.front();
        queue_.pop_front();
        return request;
    }

    void serve_queue() {
        shed_expired();
        while (!queue_.empty() && !idle_.empty()) {
            send(idle_.pop_front(), pop_queue());
        }
        while (connecting_.size() - resending_ < queue_.size() && !closed_.empty()) {
            connect(closed_.pop_front());
        }
    }

    void shed_expired() {
        if (spec_.deadline == Nanoseconds(0)) {
            return;
        }
        const TimePoint now = clock_.now();
        while (!queue_.empty() && queue_.front().intended + spec_.deadline <= now) {
            end_request(pop_queue(), Outcome::kShed, now);
        }
        if (!queue_.empty()) {
            deadline_timer_.at(queue_.front().intended + spec_.deadline, [this] {
                shed_expired();
                finish_if_drained();
            });
        }
    }

    void open_next() {
        if (to_open_ == 0 || closed_.empty()) {
            to_open_ = 0;
            stop_opening_when_settled();
            return;
        }
        --to_open_;
        connect(closed_.pop_front());
        open_timer_.at(clock_.now() + kOpenInterval, [this] { open_next(); });
    }

    void stop_opening_when_settled() {
        if (start_ == TimePoint{} && to_open_ == 0 && connecting_.empty()) {
            transport_.stop();
        }
    }

    void connect(Slot& slot) {
        slot.state = ConnectionState::kConnecting;
        slot.since = clock_.now();
        slot.protocol->reset();
        connecting_.push_back(slot);
        watch_connects();
        const auto generation = ++slot.generation;
        slot.socket.connect([this, &slot, generation](const boost::system::error_code& error) {
            if (slot.generation == generation) {
                connected(slot, error);
            }
        });
    }

    void connected(Slot& slot, const boost::system::error_code& error) {
        connecting_.remove(slot);
        if (error) {
            connect_failed(slot);
            return;
        }
        recorder_.connected(clock_.now() - slot.since);
        receive(slot);
        if (slot.has_request) {
            --resending_;
            put_on_wire(slot);
        } else {
            rest(slot);
            serve_queue();
        }
        stop_opening_when_settled();
    }

    void connect_failed(Slot& slot) {
        close(slot);
        const TimePoint now = clock_.now();
        if (slot.has_request) {
            --resending_;
            slot.has_request = false;
            end_request(slot.request, Outcome::kConnect, now);
        } else if (!queue_.empty()) {
            end_request(pop_queue(), Outcome::kConnect, now);
        }
        serve_queue();
        after_event();
        stop_opening_when_settled();
    }

    void watch_connects() {
        if (connecting_.size() == 1) {
            connect_timer_.at(connecting_.front()->since + spec_.connect_timeout,
                              [this] { expire_connects(); });
        }
    }

    void expire_connects() {
        const TimePoint now = clock_.now();
        while (!connecting_.empty() && connecting_.front()->since + spec_.connect_timeout <= now) {
            connect_failed(connecting_.pop_front());
        }
        if (!connecting_.empty()) {
            connect_timer_.at(connecting_.front()->since + spec_.connect_timeout,
                              [this] { expire_connects(); });
        }
    }

    void rest(Slot& slot) {
        slot.state = ConnectionState::kIdle;
        slot.since = clock_.now();
        idle_.push_back(slot);
    }

    // The socket goes, the slot stays for another. REQUIRES: slot is in no list.
    void close(Slot& slot) {
        ++slot.generation;
        slot.socket.close();
        slot.state = ConnectionState::kClosed;
        closed_.push_back(slot);
    }

    // --- one request ----------------------------------------------------------------------

    // REQUIRES: slot is connected and in no list.
    void send(Slot& slot, const Request& request) {
        slot.request = request;
        slot.has_request = true;
        put_on_wire(slot);
    }

    void put_on_wire(Slot& slot) {
        const auto bytes = slot.protocol->request(slot.request.class_index);
        slot.state = ConnectionState::kBusy;
        busy_.push_back(slot);
        if (!slot.request.was_sent) {
            slot.request.was_sent = true;
            slot.request.sent = clock_.now();
            recorder_.sent(slot.request);
        }
        watch_timeouts();
        slot.unsent = bytes;
        write(slot);
    }

    void write(Slot& slot) {
        boost::system::error_code error;
        slot.unsent.remove_prefix(slot.socket.send(slot.unsent, error));
        if (error) {
            lost(slot, clock_.now());
        } else if (!slot.unsent.empty()) {
            const auto generation = slot.generation;
            slot.socket.wait_writable([this, &slot, generation] {
                if (slot.generation == generation) {
                    write(slot);
                }
            });
        }
    }

    void receive(Slot& slot) {
        const auto generation = slot.generation;
        slot.socket.receive([this, &slot, generation](const boost::system::error_code& error,
                                                      std::string_view bytes) {
            if (slot.generation == generation) {
                received(slot, error, bytes);
            }
        });
    }

    void received(Slot& slot, const boost::system::error_code& error, std::string_view bytes) {
        const TimePoint now = clock_.now();
        if (error) {
            lost(slot, now);
            return;
        }
        recorder_.received(bytes.size(), now);
        if (slot.state != ConnectionState::kBusy) {
            // Nobody asked: the connection is out of step and can't be trusted with a request.
            idle_.remove(slot);
            close(slot);
            return;
        }
        const Reply reply = slot.protocol->receive(bytes);
        if (reply.complete) {
            complete(slot, reply, now);
        }
        if (slot.state == ConnectionState::kIdle || slot.state == ConnectionState::kBusy) {
            receive(slot);
        }
    }

    void complete(Slot& slot, const Reply& reply, TimePoint now) {
        busy_.remove(slot);
        slot.has_request = false;
        if (reply.keep_alive && slot.unsent.empty()) {
            slot.state = ConnectionState::kIdle;
            slot.since = now;
            idle_.push_back(slot);
        } else {
            close(slot);
        }
        end_request(slot.request, reply.outcome, now);
        if (!queue_.empty()) {
            serve_queue();
        }
        after_event();
    }

    // The peer closed or reset the connection.
    void lost(Slot& slot, TimePoint now) {
        if (slot.state == ConnectionState::kIdle) {
            idle_.remove(slot);
            close(slot);
            return;
        }
        busy_.remove(slot);
        Request& request = slot.request;
        const bool idled_long = request.sent - slot.since >= kResendAfterIdle;
        if (!slot.protocol->response_started() && idled_long && !request.resent &&
            slot.protocol->idempotent(request.class_index)) {
            request.resent = true;
            recorder_.resent(request);
            ++slot.generation;
            slot.socket.close();
            ++resending_;
            connect(slot);
            return;
        }
        slot.has_request = false;
        const Reply reply = slot.protocol->end_of_stream();
        close(slot);
        end_request(request, reply.complete ? reply.outcome : Outcome::kReset, now);
        serve_queue();
        after_event();
    }

    void watch_timeouts() {
        if (!timeout_armed_) {
            timeout_armed_ = true;
            timeout_timer_.at(busy_.front()->request.sent + spec_.timeout,
                              [this] { expire_requests(); });
        }
    }

    void expire_requests() {
        const TimePoint now = clock_.now();
        timeout_armed_ = false;
        // A request that is sent again joins the list late, with its first send's time; it may
        // be looked at late by what is left of its predecessor's timeout, never early.
        while (!busy_.empty() && busy_.front()->request.sent + spec_.timeout <= now) {
            Slot& slot = busy_.pop_front();
            slot.has_request = false;
            close(slot);
            end_request(slot.request, Outcome::kTimeout, now);
        }
        serve_queue();
        if (!busy_.empty()) {
            watch_timeouts();
        }
        after_event();
    }

    void end_request(const Request& request, Outcome outcome, TimePoint at) {
        recorder_.ended(request, outcome, at);
        auto& counter = outcome == Outcome::kOk ? counters_.completed : counters_.failed;
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        const bool refused = outcome == Outcome::kConnect;
        schedule_.completed(at - start_ + (refused ? kRefusedPause : Nanoseconds(0)));
        last_end_ = at;
    }

    // After anything that may have freed a user or drained the pool.
    void after_event() {
        if (!running_) {
            return;
        }
        if (limited_ && !draining_ && queue_.empty() && busy_.empty() && resending_ == 0) {
            enter_drain(last_end_ + Nanoseconds(1));
            return;
        }
        if (draining_) {
            finish_if_drained();
        } else {
            release_due_before(last_end_ + Nanoseconds(1));
            if (spec_.pacing == Pacing::kSleep) {
                arm_pace();
            }
        }
    }

    const TrialSpec& spec_;
    Clock& clock_;
    Transport& transport_;
    Recorder recorder_;
    WorkerCounters counters_;
    std::size_t connection_count_;
    Schedule schedule_;
    boost::circular_buffer<Request> queue_;
    std::uint64_t request_limit_;  // 0: none
    std::size_t max_queue_;

    // Declared before the slots: a socket's pending callback may outlive neither.
    typename Transport::Timer open_timer_;
    typename Transport::Timer pace_timer_;
    typename Transport::Timer phase_timer_;
    typename Transport::Timer timeout_timer_;
    typename Transport::Timer connect_timer_;
    typename Transport::Timer deadline_timer_;

    std::vector<std::unique_ptr<Slot>> slots_;
    List closed_;                // slots without a socket
    List connecting_;            // in order of their connects
    List idle_;                  // first in, first out: every connection gets its turn
    List busy_;                  // in order of their sends
    std::size_t resending_ = 0;  // of the connecting ones: those that carry a request

    TimePoint start_{};
    TimePoint measure_begin_{};
    TimePoint measure_end_{};
    TimePoint paced_for_ = TimePoint::min();
    TimePoint last_end_{};
    Nanoseconds cpu_begin_{0};
    Nanoseconds cpu_end_{0};
    Nanoseconds measured_for_{0};
    std::size_t to_open_ = 0;
    bool running_ = false;
    bool draining_ = false;
    bool limited_ = false;
    bool timeout_armed_ = false;
};

}  // namespace contend
