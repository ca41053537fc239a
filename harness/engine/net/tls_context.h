// What the TLS connections of one load thread share: what vouches for the server, and the session
// that the next connection may resume.
//
// OpenSSL's context by way of Asio's; a thread has its own, so that nothing is locked against
// others. Used by one thread.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "core/tls_options.h"

namespace contend {

class TlsContext {
   public:
    /// Throws std::invalid_argument where the file of certificates can't be read, or holds none.
    explicit TlsContext(TlsOptions options);
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    struct Free {
        void operator()(SSL* connection) const noexcept { ::SSL_free(connection); }
        void operator()(SSL_SESSION* session) const noexcept { ::SSL_SESSION_free(session); }
    };
    using Connection = std::unique_ptr<SSL, Free>;

    /// A client's side of one connection, before its handshake.
    [[nodiscard]] Connection make_connection() const;

   private:
    void trust();
    // From OpenSSL: a session that may be resumed has come.
    static int keep_session(SSL* connection, SSL_SESSION* session) noexcept;

    TlsOptions options_;
    boost::asio::ssl::context context_;
    std::unique_ptr<SSL_SESSION, Free> session_;
};

}  // namespace contend
