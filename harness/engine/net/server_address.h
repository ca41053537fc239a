// Where the server listens: at an internet address and port, or at a path of this machine's.
//
// A value.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace contend {

struct ServerAddress {
    using Endpoint = boost::asio::generic::stream_protocol::endpoint;

    static ServerAddress internet(const boost::asio::ip::address& address, std::uint16_t port) {
        return {.endpoint = boost::asio::ip::tcp::endpoint(address, port), .ip = address};
    }
    /// Throws boost::system::system_error where the path is too long for one.
    static ServerAddress local(const std::string& path) {
        return {.endpoint = boost::asio::local::stream_protocol::endpoint(path), .ip = {}};
    }

    Endpoint endpoint;
    std::optional<boost::asio::ip::address> ip;  // none: a path
};

}  // namespace contend
