#include "net/tls_engine.h"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <cstring>
#include <new>

namespace contend {

namespace {

TlsEngine::Wire& wire_of(BIO* bio) { return *static_cast<TlsEngine::Wire*>(::BIO_get_data(bio)); }

int hear(BIO* bio, char* bytes, int most) {
    auto& heard = wire_of(bio).heard;
    ::BIO_clear_retry_flags(bio);
    if (heard.empty()) {
        ::BIO_set_retry_read(bio);
        return -1;
    }
    const std::size_t count = std::min(heard.size(), static_cast<std::size_t>(most));
    std::memcpy(bytes, heard.data(), count);
    heard.remove_prefix(count);
    return static_cast<int>(count);
}

int say(BIO* bio, const char* bytes, int count) {
    ::BIO_clear_retry_flags(bio);
    wire_of(bio).said.append(bytes, static_cast<std::size_t>(count));
    return count;
}

long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int create(BIO* bio) {
    ::BIO_set_init(bio, 1);
    return 1;
}

const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
        BIO_METHOD* const all =
            ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "contend wire");
        ::BIO_meth_set_read(all, &hear);
        ::BIO_meth_set_write(all, &say);
        ::BIO_meth_set_ctrl(all, &control);
        ::BIO_meth_set_create(all, &create);
        return all;
    }();
    return made;
}

}  // namespace

TlsEngine::TlsEngine(TlsContext::Connection connection) : connection_(std::move(connection)) {
    BIO* const bio = ::BIO_new(method());
    if (bio == nullptr) {
        throw std::bad_alloc();
    }
    ::BIO_set_data(bio, &wire_);
    ::SSL_set_bio(connection_.get(), bio, bio);
}

bool TlsEngine::handshake(ErrorCode& error) noexcept {
    ::ERR_clear_error();
    const int result = ::SSL_do_handshake(connection_.get());
    if (result == 1) {
        return true;
    }
    error = error_of(result);
    return false;
}

bool TlsEngine::has_resumed() const noexcept {
    return ::SSL_session_reused(connection_.get()) == 1;
}

void TlsEngine::read(std::string& plain, ErrorCode& error) {
    std::array<char, SSL3_RT_MAX_PLAIN_LENGTH> record;
    ::ERR_clear_error();
    while (true) {
        const int count =
            ::SSL_read(connection_.get(), record.data(), static_cast<int>(record.size()));
        if (count <= 0) {
            error = error_of(count);
            return;
        }
        plain.append(record.data(), static_cast<std::size_t>(count));
    }
}

void TlsEngine::write(std::string_view plain, ErrorCode& error) noexcept {
    ::ERR_clear_error();
    const int result = ::SSL_write(connection_.get(), plain.data(), static_cast<int>(plain.size()));
    if (result <= 0) {
        error = error_of(result);
    }
}

void TlsEngine::close() noexcept {
    ::ERR_clear_error();
    ::SSL_shutdown(connection_.get());
}

void TlsEngine::sent(std::size_t count) noexcept {
    wire_.sent += count;
    if (wire_.sent == wire_.said.size()) {
        wire_.said.clear();
        wire_.sent = 0;
    }
}

// None where more has to come over the wire first.
TlsEngine::ErrorCode TlsEngine::error_of(int result) const noexcept {
    switch (::SSL_get_error(connection_.get(), result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return {};
        case SSL_ERROR_ZERO_RETURN:
            return boost::asio::error::eof;
        default:
            return make_error_code(boost::system::errc::protocol_error);
    }
}

}  // namespace contend
