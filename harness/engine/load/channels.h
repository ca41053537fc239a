// Exchanges over the channels of one load thread: each from its send to its outcome.
//
// What streams bring goes to the session of their channel, and what that makes of it is an event.
// Nothing is decided in a stream's call: the dispatcher takes the events afterwards, and tells what
// follows from each. Used by one thread.
#pragma once

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "core/trial_spec.h"
#include "load/places.h"
#include "load/pool.h"
#include "load/recorder.h"

namespace contend {

/// What the kernel's stamps may be off by (net/receive_clock.cpp).
inline constexpr Nanoseconds kStampError = std::chrono::microseconds(10);

/// A connection idle for less than this is never sent a request twice (interface.md).
inline constexpr Nanoseconds kResendAfterIdle = std::chrono::seconds(1);

template <ReadableClock Clock, StreamNetwork Network>
class Channels {
   public:
    using Link = Channel<Network>;

    /// An exchange that is over.
    struct Ended {
        Exchange exchange;
        Outcome outcome = Outcome::kOk;
        TimePoint at{};
        TimePoint now{};
    };

    Channels(const TrialSpec& spec, std::size_t count, Clock& clock, Network& network,
             const SessionMaker& make_session, Events& events, Recorder& recorder)
        : spec_(spec),
          clock_(clock),
          events_(events),
          recorder_(recorder),
          pool_(spec, count, clock, network, make_session, events),
          places_(pool_.channels()),
          timeouts_(spec.timeout, clock, network, [this](Place& place, TimePoint now) {
              events_.hear(place.channel, std::nullopt, now);
              events_.completed(places_.index_of(place), Outcome::kTimeout);
          }) {}

    [[nodiscard]] Pool<Clock, Network>& pool() noexcept { return pool_; }
    [[nodiscard]] const Pool<Clock, Network>& pool() const noexcept { return pool_; }
    [[nodiscard]] const Link& channel(std::uint32_t number) noexcept { return pool_[number]; }

    /// Whether nothing is on its way.
    [[nodiscard]] bool at_rest() const noexcept {
        return timeouts_.empty() && !pool_.is_resending();
    }

    /// REQUIRES: pool().has_room().
    void send(const Exchange& exchange) {
        Link& channel = pool_.take_room();
        Place& place = places_.free_one(channel.number);
        place.exchange = exchange;
        place.is_taken = true;
        put_on_wire(channel, place);
    }

    // --- what follows from an event -----------------------------------------------------------

    /// kConnected: says what the session says first, or is open at once.
    void greet(const Event& event) {
        Link& channel = pool_[event.channel];
        if (channel.state != ChannelState::kConnecting) {
            return;
        }
        const std::string_view greeting = channel.session->greeting();
        channel.greeted = clock_.now();
        if (!say(channel, greeting)) {
            pool_.refuse(channel);
            return;
        }
        if (greeting.empty()) {
            stand(channel, event.now);
        }
        receive(channel);
    }

    /// kOpened: exchanges may begin. False where the channel has ended meanwhile.
    bool open(const Event& event) {
        Link& channel = pool_[event.channel];
        if (channel.state != ChannelState::kConnecting) {
            return false;
        }
        stand(channel, event.now);
        return true;
    }

    /// kRefused: gives the exchange that was to be sent again over it, if there was one.
    std::optional<Ended> refuse(const Event& event) {
        for (Place& place : places_.of(event.channel)) {
            if (std::exchange(place.is_taken, false)) {
                pool_[event.channel].in_flight = 0;
                return Ended{place.exchange, Outcome::kConnect, event.now, event.now};
            }
        }
        return std::nullopt;
    }

    /// kCompleted: frees the exchange's place and its channel. None where it was over already.
    std::optional<Ended> complete(const Event& event) {
        Place& place = places_[event.which];
        if (!place.is_taken) {
            return std::nullopt;
        }
        Link& channel = pool_[place.channel];
        const Exchange& exchange = place.exchange;
        Ended ended{exchange, event.outcome, event.at, event.now};
        if (event.channel != channel.number) {
            // No earlier than its own send: what lay unread elsewhere says nothing of that.
            ended.at = std::max(event.at, exchange.sent);
        } else if (event.is_stamped && event.at >= channel.since &&
                   event.at + kStampError < exchange.sent) {
            // It lay there while the connection rested, before its request was sent: it answers
            // another. (One from before that is of a clock that was set.)
            ended.outcome = Outcome::kProtocol;
            pool_.retire(channel);
        }
        if (ended.outcome == Outcome::kStatus) {
            recorder_.wrong_status(exchange, event.status);
        }
        if (event.is_stamped) {
            recorder_.stamped(exchange, event.now - ended.at);
        }
        const bool is_given_up = event.outcome == Outcome::kTimeout;
        if (is_given_up && !(channel.unsent.empty() && channel.session->abandon(event.which))) {
            pool_.retire(channel);
        }
        free(place, channel, ended.at);
        return ended;
    }

    /// Gives each exchange that is on its way, without waiting for it: ended(exchange).
    template <class OnEnded>
    void give_up(OnEnded ended) {
        for (Place& place : places_.all()) {
            if (place.is_taken) {
                ended(place.exchange);
            }
        }
    }

    void shut() {
        pool_.shut();
        timeouts_.cancel();
    }

   private:
    void stand(Link& channel, TimePoint now) {
        recorder_.connected(now - channel.since);
        if constexpr (requires { channel.stream.handshake(); }) {
            const auto& handshake = channel.stream.handshake();
            recorder_.shook_hands(handshake.time, handshake.has_resumed);
        }
        pool_.stand(channel, now);
        if (channel.listens()) {
            return;
        }
        if (channel.in_flight == 0) {
            pool_.give_room(channel, now);
            return;
        }
        for (Place& place : places_.of(channel.number)) {
            if (place.is_taken) {
                put_on_wire(channel, place);
            }
        }
    }

    void put_on_wire(Link& channel, Place& place) {
        Exchange& exchange = place.exchange;
        const std::string_view bytes = channel.session->begin(places_.index_of(place), exchange);
        channel.response_bytes = 0;
        if (!exchange.was_sent) {
            exchange.was_sent = true;
            exchange.sent = clock_.now();
            exchange.own_lateness = exchange.sent - std::max(exchange.intended, channel.since);
            recorder_.sent(exchange);
        }
        channel.unsent = bytes;
        write(channel);
        timeouts_.add(place, exchange.sent);
    }

    void write(Link& channel) {
        boost::system::error_code error;
        channel.unsent.remove_prefix(channel.stream.send(channel.unsent, error));
        if (error) {
            // The receive under way will say what became of the connection, and may still
            // bring an early response.
            channel.unsent = {};
        } else if (!channel.unsent.empty()) {
            channel.stream.wait_writable([this, &channel, generation = channel.generation] {
                if (channel.generation == generation) {
                    write(channel);
                }
            });
        }
    }

    // A few bytes of the session's own, between those of exchanges; false where it is stuck.
    bool say(Link& channel, std::string_view bytes) {
        boost::system::error_code error;
        return bytes.empty() || (channel.unsent.empty() &&
                                 channel.stream.send(bytes, error) == bytes.size() && !error);
    }

    void receive(Link& channel) {
        channel.stream.receive([this, &channel, generation = channel.generation](
                                   const boost::system::error_code& error, std::string_view bytes,
                                   std::optional<TimePoint> stamp) {
            if (channel.generation == generation) {
                received(channel, error, bytes, stamp);
            }
        });
    }

    void received(Link& channel, const boost::system::error_code& error, std::string_view bytes,
                  std::optional<TimePoint> stamp) {
        const TimePoint now = clock_.now();
        events_.hear(channel.number, error ? std::nullopt : stamp, now);
        if (error) {
            lose(channel, error);
            return;
        }
        recorder_.received(bytes.size(), now);
        const bool was_idle = channel.state == ChannelState::kOpen && channel.in_flight == 0;
        const std::size_t events = events_.size();
        const Reading reading = channel.session->feed(bytes, events_);
        const bool goes_on = reading.goes_on && say(channel, reading.answer);
        if (!reading.was_asked || (was_idle && !goes_on)) {
            recorder_.unasked(now);
        }
        if (!goes_on) {
            if (!reading.goes_on) {
                (void)say(channel, reading.answer);
            }
            leave(channel, reading.goes_on ? Outcome::kReset : Outcome::kProtocol);
            return;
        }
        channel.response_bytes += bytes.size();
        const bool is_over = events_.size() > events;
        const TimePoint due = channel.in_flight == 0 || is_over ? now : may_read_on(channel);
        if (due <= now) {
            receive(channel);
        } else {
            channel.read_on.at(due, [this, &channel] { receive(channel); });
        }
    }

    // Of a class that reads slowly, when so many bytes may have come.
    [[nodiscard]] TimePoint may_read_on(const Link& channel) {
        const Exchange& exchange = places_.of(channel.number).front().exchange;
        const auto pace = spec_.classes[exchange.class_index].read_bytes_per_s;
        if (pace == 0) {
            return exchange.sent;
        }
        const std::chrono::duration<double> time(static_cast<double>(channel.response_bytes) /
                                                 static_cast<double>(pace));
        return exchange.sent + std::chrono::duration_cast<Nanoseconds>(time);
    }

    // The peer closed or reset the connection, or it broke.
    void lose(Link& channel, const boost::system::error_code& error) {
        const bool is_malformed = error == boost::system::errc::protocol_error;
        if (channel.state == ChannelState::kOpen && channel.in_flight > 0) {
            if (!is_malformed && may_resend(channel)) {
                Place& place = places_.of(channel.number).front();
                place.exchange.resent = true;
                recorder_.resent(place.exchange);
                timeouts_.remove(place);
                pool_.connect_again(channel);
                return;
            }
            if (error == boost::asio::error::eof) {
                channel.session->end(events_);
            }
        }
        leave(channel, is_malformed ? Outcome::kProtocol : Outcome::kReset);
    }

    [[nodiscard]] bool may_resend(const Link& channel) {
        const Place& place = places_.of(channel.number).front();
        const Exchange& exchange = place.exchange;
        return channel.session->capacity() == 1 && !exchange.resent &&
               exchange.sent - channel.since >= kResendAfterIdle &&
               !channel.session->is_answered(places_.index_of(place)) &&
               spec_.classes[exchange.class_index].is_idempotent();
    }

    // The channel is of no more use: what it carries ends with `outcome`, unless its session has
    // said otherwise before.
    void leave(Link& channel, Outcome outcome) {
        if (channel.state == ChannelState::kConnecting) {
            pool_.refuse(channel);
            return;
        }
        if (channel.listens()) {
            events_.add(Event::Kind::kLost, 0, outcome);
        }
        if (channel.in_flight == 0) {
            pool_.close(channel);
            return;
        }
        pool_.retire(channel);
        for (Place& place : places_.of(channel.number)) {
            if (place.is_taken) {
                events_.completed(places_.index_of(place), outcome);
            }
        }
    }

    void free(Place& place, Link& channel, TimePoint since) {
        if (place.is_waiting()) {
            timeouts_.remove(place);
        }
        place.is_taken = false;
        --channel.in_flight;
        // A response that came before its request was sent whole leaves it so.
        const bool is_stuck = channel.in_flight == 0 && !channel.unsent.empty();
        if (!channel.is_over && !is_stuck) {
            pool_.give_room(channel, since);
        } else if (channel.in_flight == 0) {
            pool_.close(channel);
        }
    }

    const TrialSpec& spec_;
    Clock& clock_;
    Events& events_;
    Recorder& recorder_;
    Pool<Clock, Network> pool_;
    Places places_;
    Deadlines<Place, Network> timeouts_;
};

}  // namespace contend
