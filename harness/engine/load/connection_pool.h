// The connections of one worker: opened, idle, on their way, closed.
//
// Owns the slots and the rules by which sockets come and go; what travels over them is the
// owner's business. The owner is told by
//   connected(slot)       the slot is in no list, and the owner's to use or to rest()
//   connect_failed(slot)  the slot is closed again, and free
//   opened()              every connection of open() stands or has failed
// Used by one thread.
#pragma once

#include <algorithm>
#include <boost/system/error_code.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/trial_spec.h"
#include "load/connection.h"
#include "load/open_ramp.h"

namespace contend {

template <class Clock, class Transport, class Owner>
class ConnectionPool {
   public:
    using Slot = Connection<Transport>;

    ConnectionPool(const TrialSpec& spec, std::size_t size, Clock& clock, Transport& transport,
                   const ProtocolMaker& make_protocol, Owner& owner)
        : connect_timeout_(spec.connect_timeout),
          clock_(clock),
          owner_(owner),
          open_timer_(transport),
          connect_timer_(transport),
          come_back_timer_(transport) {
        slots_.reserve(size);
        for (std::size_t i = 0; i < size; ++i) {
            slots_.push_back(std::make_unique<Slot>(transport, make_protocol()));
            closed_.push_back(*slots_.back());
        }
    }

    /// Connects every slot, and then says opened().
    void open() {
        to_open_ = slots_.size();
        opening_ = true;
        open_next();
    }

    /// Gives up what open() has not connected yet.
    void stop_opening() {
        to_open_ = 0;
        while (opening_ && !connecting_.empty()) {
            fail(connecting_.pop_front());
        }
    }

    [[nodiscard]] bool has_idle() const noexcept { return !idle_.empty(); }

    /// The connection that has rested longest: every one gets its turn. REQUIRES: has_idle().
    Slot& take_idle() noexcept { return idle_.pop_front(); }

    /// Opens connections until `wanted` are on their way, as far as there are closed slots.
    /// Those that carry a request of their own, to send it again, don't count.
    void connect_up_to(std::size_t wanted) {
        while (connecting_.size() - resending_ - coming_to_listen_ < wanted && !closed_.empty()) {
            connect(closed_.pop_front());
        }
    }

    /// Replaces the slot's broken socket; its request comes back with connected().
    /// REQUIRES: slot is in no list and carries a request.
    void connect_again(Slot& slot) {
        ++resending_;
        drop(slot);
        connect(slot);
    }

    [[nodiscard]] bool resending() const noexcept { return resending_ > 0; }

    /// REQUIRES: slot is connected and in no list.
    void rest(Slot& slot, TimePoint since) {
        slot.state = ConnectionState::kIdle;
        slot.since = since;
        idle_.push_back(slot);
    }

    /// One that its protocol opens is somebody who is there, with or without a request: it comes
    /// back after kComeBackAfter. REQUIRES: slot is in no list.
    void close(Slot& slot) {
        drop(slot);
        slot.state = ConnectionState::kClosed;
        (slot.protocol->listens() ? away_ : closed_).push_back(slot);
        if (!opening_ && !slot.protocol->opening().empty() && !coming_back_) {
            coming_back_ = true;
            come_back_timer_.at(clock_.now() + kComeBackAfter, [this] { come_back(); });
        }
    }

    /// REQUIRES: slot is idle.
    void close_idle(Slot& slot) {
        idle_.remove(slot);
        close(slot);
    }

    /// Closes every socket, whatever its state.
    void shut() {
        open_timer_.cancel();
        connect_timer_.cancel();
        come_back_timer_.cancel();
        for (const auto& slot : slots_) {
            drop(*slot);
        }
    }

    [[nodiscard]] const std::vector<std::unique_ptr<Slot>>& slots() const noexcept {
        return slots_;
    }

    /// Of open()'s connections those that never stood.
    [[nodiscard]] std::size_t missing() const noexcept { return slots_.size() - stood_; }

    /// A few bytes that the protocol answers by itself; false where the connection is stuck.
    static bool say(Slot& slot, std::string_view answer) {
        boost::system::error_code error;
        return answer.empty() || (slot.socket.send(answer, error) == answer.size() && !error);
    }

   private:
    // A server that closes what it has just accepted is asked no faster.
    static constexpr Nanoseconds kComeBackAfter = std::chrono::milliseconds(10);

    // A server that takes no more will not, and each attempt may last until its timeout.
    static constexpr std::size_t kMostFailedInARow = 64;

    void come_back() {
        coming_back_ = false;
        for (auto* list : {&closed_, &away_}) {
            while (!list->empty()) {
                connect(list->pop_front());
            }
        }
    }

    void open_next() {
        if (to_open_ == 0 || closed_.empty()) {
            to_open_ = 0;
            say_opened();
            return;
        }
        open_waits_ = connecting_.size() >= OpenRamp::kMostConnecting;
        if (open_waits_) {
            return;
        }
        --to_open_;
        open_timer_.at(clock_.now() + ramp_.interval(), [this] { open_next(); });
        connect(closed_.pop_front());
    }

    void go_on_opening(Nanoseconds connect_time) {
        if (!opening_) {
            return;
        }
        ramp_.connected(connect_time);
        if (open_waits_) {
            open_next();
        }
        say_opened();
    }

    void say_opened() {
        if (opening_ && to_open_ == 0 && connecting_.empty()) {
            opening_ = false;
            owner_.opened();
        }
    }

    // What the old socket still reports is stale from here on.
    void drop(Slot& slot) {
        ++slot.generation;
        slot.socket.close();
        slot.protocol->reset();
    }

    void connect(Slot& slot) {
        slot.state = ConnectionState::kConnecting;
        slot.since = clock_.now();
        coming_to_listen_ += slot.protocol->listens() ? 1 : 0;
        connecting_.push_back(slot);
        if (connecting_.size() == 1) {
            watch();
        }
        slot.socket.connect(
            [this, &slot, generation = ++slot.generation](const boost::system::error_code& error) {
                if (slot.generation != generation) {
                    return;
                }
                if (error) {
                    fail_connecting(slot);
                } else if (const auto opening = slot.protocol->opening(); opening.empty()) {
                    stand(slot);
                } else {
                    greet(slot, opening);
                }
            });
    }

    // Of a protocol that opens its connections by words of its own.
    void greet(Slot& slot, std::string_view opening) {
        boost::system::error_code error;
        slot.protocol->opens(clock_.now());
        if (slot.socket.send(opening, error) < opening.size() || error) {
            fail_connecting(slot);
            return;
        }
        hear_greeting(slot);
    }

    void hear_greeting(Slot& slot) {
        slot.socket.receive([this, &slot, generation = slot.generation](
                                const boost::system::error_code& error, std::string_view bytes,
                                std::optional<TimePoint> stamp) {
            if (slot.generation != generation) {
                return;
            }
            slot.greeted = stamp.value_or(clock_.now());
            const Reply reply = error ? Reply{.complete = true, .outcome = Outcome::kReset}
                                      : slot.protocol->opened(bytes);
            if (!reply.complete) {
                hear_greeting(slot);
            } else if (reply.outcome == Outcome::kOk && say(slot, reply.answer)) {
                stand(slot);
            } else {
                fail_connecting(slot);
            }
        });
    }

    void stand(Slot& slot) {
        connecting_.remove(slot);
        coming_to_listen_ -= slot.protocol->listens() ? 1 : 0;
        resending_ -= slot.has_request ? 1 : 0;
        stood_ += opening_ ? 1 : 0;
        failed_in_a_row_ = 0;
        const Nanoseconds connect_time = clock_.now() - slot.since;
        owner_.connected(slot);
        go_on_opening(connect_time);
    }

    void fail_connecting(Slot& slot) {
        connecting_.remove(slot);
        fail(slot);
    }

    // REQUIRES: slot is in no list.
    void fail(Slot& slot) {
        coming_to_listen_ -= slot.protocol->listens() ? 1 : 0;
        resending_ -= slot.has_request ? 1 : 0;
        const Nanoseconds connect_time = clock_.now() - slot.since;
        if (opening_ && ++failed_in_a_row_ >= kMostFailedInARow) {
            to_open_ = 0;
        }
        close(slot);
        owner_.connect_failed(slot);
        go_on_opening(connect_time);
    }

    void watch() {
        connect_timer_.at(connecting_.front()->since + connect_timeout_, [this] { expire(); });
    }

    void expire() {
        const TimePoint now = clock_.now();
        while (!connecting_.empty() && connecting_.front()->since + connect_timeout_ <= now) {
            fail(connecting_.pop_front());
        }
        if (!connecting_.empty()) {
            watch();
        }
    }

    Nanoseconds connect_timeout_;
    Clock& clock_;
    Owner& owner_;
    typename Transport::Timer open_timer_;
    typename Transport::Timer connect_timer_;
    typename Transport::Timer come_back_timer_;
    std::vector<std::unique_ptr<Slot>> slots_;
    ConnectionList<Transport> closed_;
    ConnectionList<Transport> away_;        // closed ones that listen: no request can use them
    ConnectionList<Transport> connecting_;  // in order of their connects
    ConnectionList<Transport> idle_;        // in order of their coming to rest
    std::size_t resending_ = 0;             // of the connecting: those that carry a request
    std::size_t coming_to_listen_ = 0;      // and those that listen
    OpenRamp ramp_;
    std::size_t to_open_ = 0;
    std::size_t stood_ = 0;  // by the end of open()
    std::size_t failed_in_a_row_ = 0;
    bool opening_ = false;
    bool coming_back_ = false;
    bool open_waits_ = false;  // for one of those that are on their way
};

}  // namespace contend
