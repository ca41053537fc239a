// Sockets and timers in memory, on a virtual clock: the world in which LoadWorker is tested.
//
// A scripted server answers what is sent; time jumps from event to event, so a trial of
// minutes takes microseconds and comes out the same every time. Same interface as
// SocketTransport. One thread only.
#pragma once

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace contend {

class MemoryTransport {
    using ErrorCode = boost::system::error_code;

   public:
    class Socket;

    /// The server's side of one connection, valid until that connection is closed.
    class Peer {
       public:
        void reply(Nanoseconds after, std::string bytes) const;
        /// The client sees end of stream, or a reset where `error` says so.
        void close(Nanoseconds after, ErrorCode error = boost::asio::error::eof) const;
        [[nodiscard]] std::uint64_t connection() const noexcept { return epoch_; }

       private:
        friend class Socket;
        Peer(MemoryTransport& transport, Socket& socket, std::uint64_t epoch)
            : transport_(&transport), socket_(&socket), epoch_(epoch) {}
        MemoryTransport* transport_;
        Socket* socket_;
        std::uint64_t epoch_;  // connections are numbered from 1
    };

    /// What the server does; each may be left as it is.
    struct Script {
        /// How long the n-th connect (from 1) takes, and how it ends.
        std::function<std::pair<Nanoseconds, ErrorCode>(std::uint64_t)> on_connect =
            [](std::uint64_t) { return std::pair(Nanoseconds(0), ErrorCode()); };
        std::function<void(const Peer&)> on_connected = [](const Peer&) {};
        std::function<void(const Peer&, std::string_view)> on_bytes = [](const Peer&,
                                                                         std::string_view) {};
        /// How long the client takes to wake up for what has arrived.
        Nanoseconds wake_up{0};
        /// The client's timers end at whole multiples of it.
        Nanoseconds tick{1};
        /// Bytes that the client's kernel takes at once.
        std::size_t send_buffer = SIZE_MAX;
    };

    MemoryTransport(VirtualClock& clock, Script script)
        : clock_(clock), script_(std::move(script)) {}

    class Timer {
       public:
        explicit Timer(MemoryTransport& transport) : transport_(transport) {}
        void at(TimePoint time, std::function<void()> handler) {
            const auto epoch = ++epoch_;
            const Nanoseconds tick = transport_.script_.tick;
            const Nanoseconds past = time.time_since_epoch() % tick;
            transport_.schedule(time + (tick - past) % tick,
                                [this, epoch, handler = std::move(handler)] {
                                    if (epoch_ == epoch) {
                                        handler();
                                    }
                                });
        }
        void cancel() { ++epoch_; }

       private:
        MemoryTransport& transport_;
        std::uint64_t epoch_ = 0;
    };

    class Socket {
       public:
        explicit Socket(MemoryTransport& transport) : transport_(transport) {}

        void connect(std::function<void(const ErrorCode&)> handler) {
            epoch_ = ++transport_.connects_;
            const auto [took, error] = transport_.script_.on_connect(epoch_);
            after(took, [this, error = error, handler = std::move(handler)] {
                handler(error);
                if (!error) {
                    transport_.script_.on_connected(peer());
                }
            });
        }

        std::size_t send(std::string_view bytes, ErrorCode& error) {
            error.clear();
            if (broken_) {
                error = broken_;
                return 0;
            }
            const auto taken = std::min(bytes.size(), transport_.script_.send_buffer);
            if (taken > 0) {
                transport_.script_.on_bytes(peer(), bytes.substr(0, taken));
            }
            return taken;
        }

        void wait_writable(std::function<void()> handler) {
            after(std::chrono::microseconds(1), std::move(handler));
        }

        using Receiver =
            std::function<void(const ErrorCode&, std::string_view, std::optional<TimePoint>)>;
        void receive(Receiver handler) {
            receiver_ = std::move(handler);
            if (!arrived_.empty()) {
                after(Nanoseconds(0), [this] { deliver(); });
            }
        }

        void close() {
            epoch_ = 0;
            receiver_ = nullptr;
            arrived_.clear();
            broken_.clear();
        }

       private:
        friend class Peer;

        struct Arrival {
            ErrorCode error;
            std::string bytes;
            TimePoint at;
        };

        Peer peer() { return {transport_, *this, epoch_}; }

        // Calls `function` then, unless this connection is gone by then.
        void after(Nanoseconds delay, std::function<void()> function) {
            transport_.schedule(transport_.clock_.now() + delay,
                                [this, epoch = epoch_, function = std::move(function)] {
                                    if (epoch_ == epoch) {
                                        function();
                                    }
                                });
        }

        void arrive(const ErrorCode& error, std::string bytes) {
            arrived_.push_back({error, std::move(bytes), transport_.clock_.now()});
            after(transport_.script_.wake_up, [this] { deliver(); });
        }

        void deliver() {
            if (receiver_ == nullptr || arrived_.empty()) {
                return;
            }
            const auto receiver = std::exchange(receiver_, nullptr);
            const Arrival arrival = std::move(arrived_.front());
            arrived_.pop_front();
            receiver(arrival.error, arrival.bytes, arrival.at);
        }

        MemoryTransport& transport_;
        std::uint64_t epoch_ = 0;  // of the connection; 0: closed
        Receiver receiver_;
        std::deque<Arrival> arrived_;
        ErrorCode broken_;  // what a send on the connection answers
    };

    void run() {
        stopped_ = false;
        while (!stopped_ && !events_.empty()) {
            run_next();
        }
    }
    void run_one() {
        stopped_ = false;
        if (!events_.empty()) {
            run_next();
        }
    }
    /// A poll takes a microsecond of virtual time, or polling would stand still.
    void poll() {
        stopped_ = false;
        while (!stopped_ && !events_.empty() && events_.top().at <= clock_.now()) {
            run_next();
        }
        clock_.advance_to(clock_.now() + std::chrono::microseconds(1));
    }
    void stop() { stopped_ = true; }

    /// Calls `function` at `time`, in order of time and then of being asked.
    void schedule(TimePoint time, std::function<void()> function) {
        events_.push({std::max(time, clock_.now()), ++sequence_, std::move(function)});
    }

   private:
    struct Event {
        TimePoint at;
        std::uint64_t sequence;
        std::function<void()> function;
        bool operator>(const Event& other) const noexcept {
            return std::pair(at, sequence) > std::pair(other.at, other.sequence);
        }
    };

    void run_next() {
        const auto function = events_.top().function;
        clock_.advance_to(std::max(clock_.now(), events_.top().at));
        events_.pop();
        function();
    }

    VirtualClock& clock_;
    Script script_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::uint64_t sequence_ = 0;
    std::uint64_t connects_ = 0;
    bool stopped_ = false;
};

inline void MemoryTransport::Peer::reply(Nanoseconds after, std::string bytes) const {
    transport_->schedule(transport_->clock_.now() + after,
                         [socket = socket_, epoch = epoch_, bytes = std::move(bytes)] {
                             if (socket->epoch_ == epoch) {
                                 socket->arrive({}, bytes);
                             }
                         });
}

inline void MemoryTransport::Peer::close(Nanoseconds after, ErrorCode error) const {
    transport_->schedule(transport_->clock_.now() + after,
                         [socket = socket_, epoch = epoch_, error] {
                             if (socket->epoch_ == epoch) {
                                 socket->broken_ = boost::asio::error::broken_pipe;
                                 socket->arrive(error, {});
                             }
                         });
}

}  // namespace contend
