// What travels over one worker's connections: each request from its send to its outcome, and what
// servers push.
//
// Owns the connections. The owner is told by
//   opened()                                  every connection of open() stands or has failed
//   end_request(request, outcome, at, now)    its response was whole at `at`, or it was given up
//   push_ended(push, outcome, at)             the same of what the server sent of itself
//   connect_failed(now)                       for nobody's request: there was none yet
//   serve_queue()                             a connection may be free
//   went_on()                                 after all that: something has ended
// Used by one thread.
#pragma once

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <string_view>

#include "core/trial_spec.h"
#include "load/connection.h"
#include "load/connection_pool.h"
#include "load/listeners.h"
#include "load/recorder.h"
#include "load/slow_reads.h"

namespace contend {

/// What the kernel's stamps may be off by (receive_clock.cpp).
inline constexpr Nanoseconds kStampError = std::chrono::microseconds(10);

/// A connection idle for less than this is never sent a request twice (interface.md).
inline constexpr Nanoseconds kResendAfterIdle = std::chrono::seconds(1);

template <class Clock, class Transport, class Owner>
class Wire {
   public:
    using Slot = Connection<Transport>;

    Wire(const TrialSpec& spec, std::size_t connections, Clock& clock, Transport& transport,
         const ProtocolMaker& make_protocol, Recorder& recorder, Owner& owner)
        : spec_(spec),
          clock_(clock),
          recorder_(recorder),
          owner_(owner),
          pool_(spec, connections + listening_connections(spec), clock, transport, make_protocol,
                *this),
          listeners_(spec, owner),
          slow_reads_(clock, transport, *this),
          timeout_timer_(transport) {}

    /// Connects every connection, and then says opened().
    void open() { pool_.open(); }
    void stop_opening() { pool_.stop_opening(); }
    /// Of open()'s connections those that never stood.
    [[nodiscard]] std::size_t connections_missing() const noexcept { return pool_.missing(); }

    /// What is pushed is measured from `measure_begin` to `measure_end`.
    void begin(TimePoint measure_begin, TimePoint measure_end) {
        listeners_.begin(measure_begin, measure_end);
    }

    /// From now on nothing is waited for that is due after `end`.
    void drain(TimePoint end) { listeners_.drain(pool_.slots(), end); }

    [[nodiscard]] bool has_idle() const noexcept { return pool_.has_idle(); }

    /// REQUIRES: has_idle().
    void send(const Request& request) {
        Slot& slot = pool_.take_idle();
        slot.request = request;
        slot.has_request = true;
        put_on_wire(slot);
    }

    /// Opens connections until `wanted` are on their way, as far as there are any left.
    void connect_up_to(std::size_t wanted) { pool_.connect_up_to(wanted); }

    /// Whether no request is on its way; while draining, nothing that was due either.
    [[nodiscard]] bool at_rest() const noexcept {
        return busy_.empty() && !pool_.resending() && !listeners_.owing();
    }

    /// Ends whatever is on its way, without waiting for it.
    void give_up(TimePoint now) {
        for (const auto& slot : pool_.slots()) {
            if (slot->has_request) {
                owner_.end_request(slot->request, Outcome::kUnfinished, now, now);
            }
        }
        listeners_.give_up(pool_.slots(), now);
    }

    void shut() {
        listeners_.close(pool_.slots(), clock_.now());
        pool_.shut();
        timeout_timer_.cancel();
        slow_reads_.cancel();
    }

   private:
    using Pool = ConnectionPool<Clock, Transport, Wire>;
    using Slow = SlowReads<Clock, Transport, Wire>;
    friend Pool;
    friend Slow;

    // --- from the pool ----------------------------------------------------------------------

    void opened() { owner_.opened(); }

    void connected(Slot& slot) {
        const TimePoint now = clock_.now();
        recorder_.connected(now - slot.since);
        receive(slot);
        if (slot.protocol->listens()) {
            listeners_.heard(slot, slot.greeted);
            owner_.serve_queue();
        } else if (slot.has_request) {
            put_on_wire(slot);
        } else {
            pool_.rest(slot, now);
            owner_.serve_queue();
        }
    }

    void connect_failed(Slot& slot) {
        const TimePoint now = clock_.now();
        if (slot.has_request) {
            slot.has_request = false;
            owner_.end_request(slot.request, Outcome::kConnect, now, now);
        } else if (!slot.protocol->listens()) {  // what that owes is counted once it stands
            owner_.connect_failed(now);
        }
        owner_.serve_queue();
        owner_.went_on();
    }

    // --- one request ------------------------------------------------------------------------

    // REQUIRES: slot is connected and in no list.
    void put_on_wire(Slot& slot) {
        if (spec_.classes[slot.request.class_index].carries_intended) {
            slot.protocol->carry(slot.request.intended);
        }
        slot.unsent = slot.protocol->request(slot.request.class_index);
        slot.response_bytes = 0;
        slot.state = ConnectionState::kBusy;
        if (slot.request.resent) {
            busy_.insert_where(slot, [](const Slot& before, const Slot& item) {
                return before.request.sent <= item.request.sent;
            });
        } else {
            busy_.push_back(slot);
        }
        if (!slot.request.was_sent) {
            slot.request.was_sent = true;
            slot.request.sent = clock_.now();
            slot.request.own_lateness =
                slot.request.sent - std::max(slot.request.intended, slot.since);
            recorder_.sent(slot.request);
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

    // What the protocol answers by itself, between two requests' bytes.
    bool say(Slot& slot, std::string_view answer) {
        return answer.empty() || (slot.unsent.empty() && Pool::say(slot, answer));
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
                if (!bytes.empty()) {
                    recorder_.unasked(now);
                }
                pool_.close_idle(slot);
            }
            end_others(slot, now, stamp);
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
        slot.response_bytes += bytes.size();
        if (reply.complete) {
            complete(slot, reply, now, stamp);
        }
        if (reply.others_finished) {
            end_others(slot, now, stamp);
        }
        if (slot.generation != generation) {
            return;
        }
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
        owner_.went_on();
    }

    // What came over one connection may be the last that requests of others waited for, and so may
    // its end.
    void end_others(Slot& slot, TimePoint now, std::optional<TimePoint> stamp) {
        while (const auto done = slot.protocol->finished_elsewhere()) {
            Slot& other = *pool_.slots()[done->connection];
            if (other.state == ConnectionState::kBusy) {
                const Reply whole{.complete = true, .keep_alive = true, .outcome = done->outcome};
                // No earlier than its own send: what lay unread here says nothing of that.
                complete(other, whole, now,
                         stamp ? std::optional(std::max(*stamp, other.request.sent)) : stamp);
            }
        }
    }

    void complete(Slot& slot, Reply reply, TimePoint now, std::optional<TimePoint> stamp) {
        busy_.remove(slot);
        slot.has_request = false;
        const Request request = slot.request;
        if (stamp && *stamp >= slot.since && *stamp + kStampError < request.sent) {
            // It lay there while the connection rested, before its request was sent: it answers
            // another. (One from before that is of a clock that was set.)
            reply.outcome = Outcome::kProtocol;
            reply.keep_alive = false;
        }
        if (reply.outcome == Outcome::kStatus) {
            recorder_.wrong_status(request, reply.status);
        }
        if (reply.unasked) {
            recorder_.unasked(now);
        }
        if (stamp) {
            recorder_.stamped(request, now - *stamp);
        }
        if (reply.keep_alive && slot.unsent.empty()) {
            // Free from when the kernel had the response: reading it late is the generator's.
            pool_.rest(slot, stamp.value_or(now));
        } else {
            pool_.close(slot);
        }
        // Completed when the kernel had it; the user of a closed loop goes on when told.
        owner_.end_request(request, reply.outcome, stamp.value_or(now), now);
        owner_.serve_queue();
        owner_.went_on();
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
        const Reply last = ended ? slot.protocol->end_of_stream() : Reply{};
        const Outcome outcome = ended ? last.outcome : Outcome::kReset;
        if (outcome == Outcome::kStatus) {
            recorder_.wrong_status(slot.request, last.status);
        }
        pool_.close(slot);
        owner_.end_request(slot.request, outcome, now, now);
        end_others(slot, now, std::nullopt);
        owner_.serve_queue();
        owner_.went_on();
    }

    void watch_timeouts() {
        const TimePoint first = busy_.front()->request.sent + spec_.timeout;
        if (first < timeouts_watched_for_) {
            timeouts_watched_for_ = first;
            timeout_timer_.at(first, [this] { expire_requests(); });
        }
    }

    void expire_requests() {
        const TimePoint now = clock_.now();
        timeouts_watched_for_ = TimePoint::max();
        while (!busy_.empty() && busy_.front()->request.sent + spec_.timeout <= now) {
            Slot& slot = busy_.pop_front();
            slot.has_request = false;
            if (slot.unsent.empty() && slot.protocol->abandon()) {
                pool_.rest(slot, now);
            } else {
                pool_.close(slot);
            }
            owner_.end_request(slot.request, Outcome::kTimeout, now, now);
        }
        owner_.serve_queue();
        if (!busy_.empty()) {
            watch_timeouts();
        }
        owner_.went_on();
    }

    const TrialSpec& spec_;
    Clock& clock_;
    Recorder& recorder_;
    Owner& owner_;
    Pool pool_;
    Listeners<Transport, Owner> listeners_;
    Slow slow_reads_;
    ConnectionList<Transport> busy_;  // in order of their requests' first sends
    typename Transport::Timer timeout_timer_;
    TimePoint timeouts_watched_for_ = TimePoint::max();
};

}  // namespace contend
