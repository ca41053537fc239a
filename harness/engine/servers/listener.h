// A listening TCP socket on 127.0.0.1: where a reference server's connections come from.
//
// Never blocks. accept() may be called by any thread.
#pragma once

#include <cstdint>

#include "servers/file_descriptor.h"

namespace contend {

class Listener {
   public:
    /// Port 0 lets the kernel choose. Throws std::system_error when the port is in use.
    Listener(std::uint16_t port, int backlog);

    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// A connection, which sends at once what it is given (TCP_NODELAY). When there is none it
    /// holds no descriptor, and errno says why.
    [[nodiscard]] FileDescriptor accept() const noexcept;

   private:
    FileDescriptor socket_;
    std::uint16_t port_ = 0;
};

}  // namespace contend
