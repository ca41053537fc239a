// Streams and timers in memory, on a virtual clock: the world in which the load is tested.
//
// A scripted server answers what is sent; time jumps from event to event, so a trial of
// minutes takes microseconds and comes out the same every time. Same interface as
// SocketNetwork. One thread only.
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
#include "net/byte_stream.h"

namespace contend {

class MemoryNetwork {
    using ErrorCode = boost::system::error_code;

   public:
    class Stream;

    /// The server's side of one connection, valid until that connection is closed.
    class Peer {
       public:
        /// Connections are numbered from 1.
        Peer(MemoryNetwork& network, Stream& stream, std::uint64_t connection)
            : network_(&network), stream_(&stream), connection_(connection) {}

        void reply(Nanoseconds after, std::string bytes) const;
        /// The client sees end of stream, or a reset where `error` says so.
        void close(Nanoseconds after, ErrorCode error = boost::asio::error::eof) const;
        [[nodiscard]] std::uint64_t connection() const noexcept { return connection_; }

       private:
        MemoryNetwork* network_;
        Stream* stream_;
        std::uint64_t connection_;
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

    MemoryNetwork(VirtualClock& clock, Script script) : clock_(clock), script_(std::move(script)) {}

    class Timer {
       public:
        explicit Timer(MemoryNetwork& network) : network_(network) {}
        void at(TimePoint time, std::function<void()> handler) {
            const auto epoch = ++epoch_;
            const Nanoseconds tick = network_.script_.tick;
            const Nanoseconds past = time.time_since_epoch() % tick;
            network_.schedule(time + (tick - past) % tick,
                              [this, epoch, handler = std::move(handler)] {
                                  if (epoch_ == epoch) {
                                      handler();
                                  }
                              });
        }
        void cancel() { ++epoch_; }

       private:
        MemoryNetwork& network_;
        std::uint64_t epoch_ = 0;
    };

    class Stream {
       public:
        explicit Stream(MemoryNetwork& network) : network_(network) {}

        void connect(std::function<void(const ErrorCode&)> handler) {
            epoch_ = ++network_.connects_;
            const auto [took, error] = network_.script_.on_connect(epoch_);
            after(took, [this, error = error, handler = std::move(handler)] {
                handler(error);
                if (!error) {
                    network_.script_.on_connected(peer());
                }
            });
        }

        std::size_t send(std::string_view bytes, ErrorCode& error) {
            error.clear();
            if (broken_) {
                error = broken_;
                return 0;
            }
            const auto taken = std::min(bytes.size(), network_.script_.send_buffer);
            if (taken > 0) {
                network_.script_.on_bytes(peer(), bytes.substr(0, taken));
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

        /// From the peer of connection `epoch`: bytes, or how the stream ends.
        void arrive(std::uint64_t epoch, const ErrorCode& error, std::string bytes) {
            if (epoch != epoch_) {
                return;
            }
            if (error) {
                broken_ = boost::asio::error::broken_pipe;
            }
            arrived_.push_back({error, std::move(bytes), network_.clock_.now()});
            after(network_.script_.wake_up, [this] { deliver(); });
        }

       private:
        struct Arrival {
            ErrorCode error;
            std::string bytes;
            TimePoint at;
        };

        Peer peer() { return {network_, *this, epoch_}; }

        // Calls `function` then, unless this connection is gone by then.
        void after(Nanoseconds delay, std::function<void()> function) {
            network_.schedule(network_.clock_.now() + delay,
                              [this, epoch = epoch_, function = std::move(function)] {
                                  if (epoch_ == epoch) {
                                      function();
                                  }
                              });
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

        MemoryNetwork& network_;
        std::uint64_t epoch_ = 0;  // of the connection; 0: closed
        Receiver receiver_;
        std::deque<Arrival> arrived_;
        ErrorCode broken_;  // what a send on the connection answers
    };

    /// Nothing is left to wait for where no event is: then it does nothing.
    void run_one() {
        if (!events_.empty()) {
            run_next();
        }
    }
    /// A poll in vain takes a microsecond of virtual time, or polling would stand still.
    bool poll_one() {
        if (!events_.empty() && events_.top().at <= clock_.now()) {
            run_next();
            return true;
        }
        clock_.advance_to(clock_.now() + std::chrono::microseconds(1));
        return false;
    }

    [[nodiscard]] TimePoint now() const noexcept { return clock_.now(); }

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
};

inline void MemoryNetwork::Peer::reply(Nanoseconds after, std::string bytes) const {
    network_->schedule(network_->clock_.now() + after,
                       [stream = stream_, connection = connection_, bytes = std::move(bytes)] {
                           stream->arrive(connection, {}, bytes);
                       });
}

inline void MemoryNetwork::Peer::close(Nanoseconds after, ErrorCode error) const {
    network_->schedule(network_->clock_.now() + after,
                       [stream = stream_, connection = connection_, error] {
                           stream->arrive(connection, error, {});
                       });
}

static_assert(StreamNetwork<MemoryNetwork>);

}  // namespace contend
