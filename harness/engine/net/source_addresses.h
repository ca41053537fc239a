// Where connections come from: spread over 127.0.0.0/8 when the server is on it, so that ports
// don't run out.
//
// A connection takes a port of its source address, of which there are about 28,000; a closed one
// keeps it for a minute. The first connections of a trial have 127.0.0.1, as they would by
// themselves; each load thread goes on where the one before it ends.
// A value; one thread.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace contend {

class SourceAddresses {
   public:
    static constexpr std::size_t kConnectionsEach = 4096;

    /// `server` is none where it has no address. `first` is the number of the first connection
    /// among all of the trial's.
    SourceAddresses(const std::optional<boost::asio::ip::address>& server, std::size_t first)
        : spread_(server && server->is_v4() && server->is_loopback()), count_(first) {}

    /// Of one connection more; none where the kernel shall choose.
    std::optional<boost::asio::ip::tcp::endpoint> next() {
        constexpr std::uint32_t kFirst = 0x7f000001;
        constexpr std::size_t kAddresses = 0xfffffe;  // 127.255.255.255 is a broadcast
        const std::size_t index = count_++ / kConnectionsEach;
        if (!spread_ || index == 0) {
            return std::nullopt;
        }
        const boost::asio::ip::address_v4 address(kFirst +
                                                  static_cast<std::uint32_t>(index % kAddresses));
        return boost::asio::ip::tcp::endpoint(address, 0);
    }

   private:
    bool spread_;
    std::size_t count_;
};

}  // namespace contend
