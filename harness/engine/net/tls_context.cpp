#include "net/tls_context.h"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <new>
#include <stdexcept>
#include <utility>

namespace contend {

namespace {

// RFC 7301: a length before each name.
constexpr std::array<unsigned char, 9> kHttp1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

bool is_address(const std::string& name) {
    boost::system::error_code error;
    boost::asio::ip::make_address(name, error);
    return !error;
}

// Where OpenSSL keeps what is ours; its "app data" is Asio's.
int own_data() {
    static const int index = ::SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

// Whom the certificate has to be for.
void require_name(SSL* ssl, const std::string& name) {
    ::SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int is_set = is_address(name)
                           ? ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), name.c_str())
                           : ::SSL_set1_host(ssl, name.c_str());
    if (is_set != 1 || name.empty()) {
        throw std::invalid_argument(fmt::format("'{}' is no name of a server", name));
    }
}

}  // namespace

TlsContext::TlsContext(TlsOptions options)
    : options_(std::move(options)), context_(boost::asio::ssl::context::tls_client) {
    SSL_CTX* const native = context_.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    ::SSL_CTX_set_alpn_protos(native, kHttp1.data(), kHttp1.size());
    if (options_.verifies) {
        trust();
    }
    if (options_.resumes) {
        SSL_CTX_set_session_cache_mode(native,
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
        ::SSL_CTX_set_ex_data(native, own_data(), this);
        ::SSL_CTX_sess_set_new_cb(native, &keep_session);
    } else {
        SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    }
}

void TlsContext::trust() {
    boost::system::error_code error;
    context_.set_verify_mode(boost::asio::ssl::verify_peer, error);
    if (options_.ca_file.empty()) {
        context_.set_default_verify_paths(error);
    } else {
        context_.load_verify_file(options_.ca_file, error);
    }
    if (error) {
        throw std::invalid_argument(
            fmt::format("no certificates in '{}': {}", options_.ca_file, error.message()));
    }
}

TlsContext::Connection TlsContext::make_connection() const {
    // The handle is the context's own; OpenSSL doesn't say so.
    auto& context = const_cast<boost::asio::ssl::context&>(context_);
    Connection connection(::SSL_new(context.native_handle()));
    if (connection == nullptr) {
        throw std::bad_alloc();
    }
    SSL* const ssl = connection.get();
    ::SSL_set_connect_state(ssl);
    const std::string name = options_.server_name.substr(0, options_.server_name.find('%'));
    if (!is_address(name)) {
        SSL_set_tlsext_host_name(ssl, name.c_str());
    }
    if (options_.verifies) {
        require_name(ssl, name);
    }
    if (session_ != nullptr) {
        ::SSL_set_session(ssl, session_.get());
    }
    return connection;
}

int TlsContext::keep_session(SSL* connection, SSL_SESSION* session) noexcept {
    auto* const self =
        static_cast<TlsContext*>(::SSL_CTX_get_ex_data(::SSL_get_SSL_CTX(connection), own_data()));
    self->session_.reset(session);
    return 1;  // it is ours now
}

}  // namespace contend
