// The channels of one load thread: opened, with room for exchanges, on their way, closed.
//
// Owns the channels and the rules by which streams come and go in them; what travels over them is
// not its business. What becomes of a connect is an event: kConnected, or kRefused with the channel
// closed again. Used by one thread.
#pragma once

#include <algorithm>
#include <cassert>
#include <memory>
#include <vector>

#include "core/trial_spec.h"
#include "load/channel.h"
#include "load/opening.h"

namespace contend {

template <ReadableClock Clock, StreamNetwork Network>
class Pool {
   public:
    using Link = Channel<Network>;

    Pool(const TrialSpec& spec, std::size_t size, Clock& clock, Network& network,
         const SessionMaker& make_session, Events& events)
        : clock_(clock),
          events_(events),
          open_timer_(network),
          come_back_timer_(network),
          connecting_(spec.connect_timeout, clock, network,
                      [this](Link& channel, TimePoint /*now*/) { fail(channel); }) {
        channels_.reserve(size);
        for (std::uint32_t i = 0; i < size; ++i) {
            channels_.push_back(std::make_unique<Link>(network, make_session(), i));
            closed_.push_back(*channels_.back());
        }
    }

    /// Connects every channel, until is_opening() says that it is done.
    void open() {
        opening_.begin(channels_.size());
        open_next();
    }
    [[nodiscard]] bool is_opening() const noexcept { return opening_.is_going_on(); }
    /// Gives up what open() has not connected yet.
    void stop_opening() {
        opening_.begin_no_more();
        while (is_opening() && !connecting_.empty()) {
            refuse(connecting_.front());
        }
        end_opening();
    }
    /// Of open()'s connections those that never stood.
    [[nodiscard]] std::size_t missing() const noexcept { return opening_.missing(); }

    [[nodiscard]] Link& operator[](std::size_t number) noexcept { return *channels_[number]; }
    [[nodiscard]] const std::vector<std::unique_ptr<Link>>& channels() const noexcept {
        return channels_;
    }

    [[nodiscard]] bool has_room() const noexcept { return !with_room_.empty(); }

    /// One more exchange goes to the channel that has had room for longest: every one gets its
    /// turn. REQUIRES: has_room().
    Link& take_room() noexcept {
        assert(has_room());
        Link& channel = with_room_.front();
        with_room_.pop_front();
        if (++channel.in_flight < channel.session->capacity()) {
            with_room_.push_back(channel);
        }
        return channel;
    }

    /// The channel stands, or one of its exchanges is over. REQUIRES: it is open, and not over.
    void give_room(Link& channel, TimePoint since) {
        assert(channel.state == ChannelState::kOpen && !channel.is_over);
        channel.since = since;
        if (!channel.ListHook::is_linked()) {
            with_room_.push_back(channel);
        }
    }

    /// It carries no more exchanges than those in flight, and is closed then.
    void retire(Link& channel) {
        channel.is_over = true;
        unlink(channel);
    }

    /// Opens connections until `wanted` are on their way, as far as there are closed channels.
    /// Those that carry an exchange already, to send it again, don't count.
    void connect_up_to(std::size_t wanted) {
        while (connecting_.size() - spoken_for_ < wanted && !closed_.empty()) {
            Link& channel = closed_.front();
            closed_.pop_front();
            connect(channel);
        }
    }

    /// Replaces the channel's broken stream; its exchange is still in flight.
    void connect_again(Link& channel) {
        unlink(channel);
        drop(channel);
        connect(channel);
    }

    /// Whether any of those on their way carries an exchange.
    [[nodiscard]] bool is_resending() const noexcept { return resending_ > 0; }

    /// Its session is open. REQUIRES: it is connecting.
    void stand(Link& channel, TimePoint now) {
        assert(channel.state == ChannelState::kConnecting);
        leave_connecting(channel);
        channel.state = channel.listens() ? ChannelState::kListening : ChannelState::kOpen;
        opening_.stood(now - channel.since);
        open_next();
    }

    /// It comes to nothing; an exchange that it carries is still to be ended. REQUIRES: it is
    /// connecting.
    void refuse(Link& channel) {
        connecting_.remove(channel);
        fail(channel);
    }

    /// One that its session opens is somebody who is there, with or without an exchange: it comes
    /// back after kComeBackAfter.
    void close(Link& channel) {
        unlink(channel);
        drop(channel);
        channel.state = ChannelState::kClosed;
        (channel.listens() ? away_ : closed_).push_back(channel);
        if (!is_opening() && !channel.session->greeting().empty() && !coming_back_) {
            coming_back_ = true;
            come_back_timer_.at(clock_.now() + kComeBackAfter, [this] { come_back(); });
        }
    }

    /// Closes every stream, whatever its state.
    void shut() {
        open_timer_.cancel();
        come_back_timer_.cancel();
        connecting_.cancel();
        for (const auto& channel : channels_) {
            drop(*channel);
        }
    }

   private:
    // A server that closes what it has just accepted is asked no faster.
    static constexpr Nanoseconds kComeBackAfter = std::chrono::milliseconds(10);

    void come_back() {
        coming_back_ = false;
        for (auto* list : {&closed_, &away_}) {
            while (!list->empty()) {
                Link& channel = list->front();
                list->pop_front();
                connect(channel);
            }
        }
    }

    // Goes on where the ramp waited for one of those that are on their way.
    void open_next() {
        if (is_opening() && !open_waits_ && opening_.may_begin(connecting_.size())) {
            opening_.began();
            open_waits_ = true;
            open_timer_.at(clock_.now() + opening_.interval(), [this] {
                open_waits_ = false;
                open_next();
            });
            Link& channel = closed_.front();
            closed_.pop_front();
            connect(channel);
        }
        end_opening();
    }

    void end_opening() {
        if (is_opening() && opening_.is_begun() && connecting_.empty()) {
            opening_.end();
            open_timer_.cancel();
        }
    }

    void connect(Link& channel) {
        channel.state = ChannelState::kConnecting;
        channel.since = clock_.now();
        resending_ += channel.in_flight > 0 ? 1 : 0;
        spoken_for_ += is_spoken_for(channel) ? 1 : 0;
        connecting_.add(channel, channel.since);
        channel.stream.connect([this, &channel, generation = ++channel.generation](
                                   const boost::system::error_code& error) {
            if (channel.generation != generation) {
                return;
            }
            if (error) {
                refuse(channel);
            } else {
                events_.hear(channel.number, std::nullopt, clock_.now());
                events_.add(Event::Kind::kConnected);
            }
        });
    }

    // REQUIRES: it is in no list.
    void fail(Link& channel) {
        left_connecting(channel);
        const TimePoint now = clock_.now();
        opening_.failed(now - channel.since);
        events_.hear(channel.number, std::nullopt, now);
        events_.add(Event::Kind::kRefused);
        close(channel);
        open_next();
    }

    void leave_connecting(Link& channel) {
        connecting_.remove(channel);
        left_connecting(channel);
    }
    void left_connecting(Link& channel) {
        resending_ -= channel.in_flight > 0 ? 1 : 0;
        spoken_for_ -= is_spoken_for(channel) ? 1 : 0;
    }
    [[nodiscard]] static bool is_spoken_for(const Link& channel) {
        return channel.in_flight > 0 || channel.listens();
    }

    void unlink(Link& channel) {
        if (channel.ListHook::is_linked()) {
            with_room_.erase(with_room_.iterator_to(channel));
        }
    }

    // What the old stream still reports is stale from here on.
    void drop(Link& channel) {
        ++channel.generation;
        channel.stream.close();
        channel.read_on.cancel();
        channel.unsent = {};
        channel.is_over = false;
        events_.hear(channel.number, std::nullopt, clock_.now());
        channel.session->reset(events_);
    }

    Clock& clock_;
    Events& events_;
    typename Network::Timer open_timer_;
    typename Network::Timer come_back_timer_;
    std::vector<std::unique_ptr<Link>> channels_;
    ChannelList<Network> closed_;
    ChannelList<Network> away_;       // closed ones that listen: no exchange can use them
    ChannelList<Network> with_room_;  // in order of their having room
    Deadlines<Link, Network> connecting_;
    std::size_t resending_ = 0;   // of the connecting: those that carry an exchange
    std::size_t spoken_for_ = 0;  // and these, and those that listen
    Opening opening_;
    bool coming_back_ = false;
    bool open_waits_ = false;  // for its timer
};

}  // namespace contend
