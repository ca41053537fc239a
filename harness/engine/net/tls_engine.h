// One side of a TLS connection between plain bytes and those on the wire: no I/O, no clock.
//
// OpenSSL reads from the view that hear() has given it, and writes into a buffer; so a record costs
// no system call of its own. The state of one connection; used by one thread.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>
#include <string_view>

#include "net/tls_context.h"

namespace contend {

class TlsEngine {
   public:
    using ErrorCode = boost::system::error_code;

    /// The client's side. `connection` is fresh.
    explicit TlsEngine(TlsContext::Connection connection);
    TlsEngine(const TlsEngine&) = delete;
    TlsEngine& operator=(const TlsEngine&) = delete;

    /// What has come over the wire. It has to stay valid until handshake() or read() have used it
    /// up: the next of them does.
    void hear(std::string_view bytes) noexcept { wire_.heard = bytes; }

    /// Goes on with the handshake. True once it is done; `error` where it failed.
    bool handshake(ErrorCode& error) noexcept;
    /// REQUIRES of what follows: the handshake is done.
    [[nodiscard]] bool has_resumed() const noexcept;

    /// Appends all that can be read to `plain`. `error`: eof where the peer has said that it
    /// closes, protocol_error where what came is no TLS of its.
    void read(std::string& plain, ErrorCode& error);

    /// Makes records of `plain`, to be sent.
    void write(std::string_view plain, ErrorCode& error) noexcept;

    /// Says that it closes.
    void close() noexcept;

    /// For what is no business of the load.
    [[nodiscard]] SSL* native() const noexcept { return connection_.get(); }

    /// To be sent.
    [[nodiscard]] std::string_view unsent() const noexcept {
        return std::string_view(wire_.said).substr(wire_.sent);
    }
    void sent(std::size_t count) noexcept;

    /// What stands between OpenSSL and the wire.
    struct Wire {
        std::string_view heard;
        std::string said;
        std::size_t sent = 0;  // of what was said
    };

   private:
    [[nodiscard]] ErrorCode error_of(int result) const noexcept;

    TlsContext::Connection connection_;
    Wire wire_;
};

}  // namespace contend
