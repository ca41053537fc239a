// What carries a connection's bytes, and what a load thread waits with: the two kinds of things
// that the load is written for. Sockets and a steady clock in the product; memory and a virtual
// clock in tests, so that those are exact and the product pays no virtual call.
#pragma once

#include <boost/system/error_code.hpp>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>

#include "core/clock.h"

namespace contend {

/// Handlers are called once, by the network's calls alone, never from within these. After close()
/// a handler may still be called: whoever gave it can tell a stale one.
template <class Stream>
concept ByteStream =
    requires(Stream& stream, std::string_view bytes, boost::system::error_code& error,
             void (*on_connected)(const boost::system::error_code&), void (*on_writable)(),
             void (*on_received)(const boost::system::error_code&, std::string_view,
                                 std::optional<TimePoint>)) {
        /// REQUIRES: it is closed.
        stream.connect(on_connected);
        /// Sends what can be taken now and returns how much; a full buffer is no error.
        { stream.send(bytes, error) } -> std::same_as<std::size_t>;
        /// Once more can be sent.
        stream.wait_writable(on_writable);
        /// With an error (end of stream is one) or the bytes that came, which stay valid until the
        /// handler returns, and the kernel's stamp on the last of them where there is one.
        stream.receive(on_received);
        stream.close();
    };

/// Whose timers call once at their time or later, in place of what was set before.
template <class Network>
concept TimedNetwork = std::constructible_from<typename Network::Timer, Network&> &&
                       requires(typename Network::Timer& timer, TimePoint time) {
                           timer.at(time, [] {});
                           timer.cancel();
                       };

/// What one load thread waits with: makes the calls of its streams and timers, on that thread.
template <class Network>
concept StreamNetwork =
    TimedNetwork<Network> && ByteStream<typename Network::Stream> &&
    std::constructible_from<typename Network::Stream, Network&> && requires(Network& network) {
        /// Waits for one call and makes it.
        network.run_one();
        /// Makes one call that is due, without waiting; false: there is none.
        { network.poll_one() } -> std::same_as<bool>;
        { network.now() } -> std::same_as<TimePoint>;
    };

template <class Clock>
concept ReadableClock = requires(const Clock& clock) {
    { clock.now() } -> std::same_as<TimePoint>;
};

}  // namespace contend
