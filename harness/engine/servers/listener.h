// A listening TCP socket on 127.0.0.1: where a reference server's connections come from.
//
// Never blocks. accept() may be called by any thread. A connection for which the process has no
// descriptor left is closed at once: left in the backlog, it would keep the socket readable and
// every server awake.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/file_descriptor.h"

namespace contend {

class Listener {
   public:
    /// Port 0 lets the kernel choose. Throws std::system_error when the port is in use.
    Listener(std::uint16_t port, int backlog);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// A connection, which sends at once what it is given (TCP_NODELAY). When there is none it
    /// holds no descriptor, and errno says why.
    [[nodiscard]] FileDescriptor accept() noexcept;

   private:
    bool turn_away() noexcept;

    FileDescriptor socket_;
    std::atomic<int> spare_ = -1;  // given up to accept the one that is turned away
    std::uint16_t port_ = 0;
};

}  // namespace contend
