// One connection as the load sees it: its stream, its session, and the exchanges that it carries.
//
// A channel lives as long as its load thread, while streams come and go in it. It is in one of the
// pool's lists at a time, or in none while it is full or listens. Used by one thread.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "exchange/session.h"
#include "load/deadlines.h"
#include "net/byte_stream.h"

namespace contend {

enum class ChannelState : std::uint8_t { kClosed, kConnecting, kOpen, kListening };

using ListHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>>;

template <StreamNetwork Network>
struct Channel : ListHook, Waiting {
    Channel(Network& network, std::unique_ptr<Session> spoken, std::uint32_t place)
        : stream(network), session(std::move(spoken)), number(place), read_on(network) {}

    [[nodiscard]] bool listens() const { return session->capacity() == 0; }

    typename Network::Stream stream;
    std::unique_ptr<Session> session;
    std::uint32_t number;  // from 0, in the order in which sessions are made

    ChannelState state = ChannelState::kClosed;
    bool is_over = false;          // of no more use: closed once its exchanges have ended
    std::uint32_t generation = 0;  // of the stream: what an older one still reports is stale
    std::uint32_t in_flight = 0;
    TimePoint since{};                 // of the connect; then of having room for an exchange
    TimePoint greeted{};               // when its greeting was sent
    std::string_view unsent;           // what could not be sent yet
    std::uint64_t response_bytes = 0;  // that have come since the last exchange began
    typename Network::Timer read_on;   // of who reads slowly
};

template <StreamNetwork Network>
using ChannelList = boost::intrusive::list<Channel<Network>, boost::intrusive::base_hook<ListHook>>;

}  // namespace contend
