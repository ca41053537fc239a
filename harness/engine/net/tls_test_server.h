// A TLS server in memory, with a certificate of its own. For tests and benches only.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "net/tls_engine.h"

namespace contend {

/// Vouches for itself, and is for one name. Its file ends with it.
class TestCertificate {
   public:
    explicit TestCertificate(const std::string& name, long valid_s = 3600)
        : key_(::EVP_EC_gen("P-256"), &::EVP_PKEY_free), certificate_(::X509_new(), &::X509_free) {
        X509* const made = certificate_.get();
        ::X509_set_version(made, 2);
        ::ASN1_INTEGER_set(::X509_get_serialNumber(made), 1);
        ::X509_gmtime_adj(::X509_getm_notBefore(made), -7200);
        ::X509_gmtime_adj(::X509_getm_notAfter(made), valid_s);
        ::X509_set_pubkey(made, key_.get());
        X509_NAME* const subject = ::X509_get_subject_name(made);
        ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                     0);
        ::X509_set_issuer_name(made, subject);
        X509_EXTENSION* const names =
            ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
        ::X509_add_ext(made, names, -1);
        ::X509_EXTENSION_free(names);
        ::X509_sign(made, key_.get(), ::EVP_sha256());
        write();
    }
    TestCertificate(const TestCertificate&) = delete;
    TestCertificate& operator=(const TestCertificate&) = delete;
    ~TestCertificate() { ::unlink(file_.c_str()); }

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    void use_in(SSL_CTX* context) const {
        ::SSL_CTX_use_certificate(context, certificate_.get());
        ::SSL_CTX_use_PrivateKey(context, key_.get());
    }

   private:
    void write() {
        std::string path = "/tmp/contend-certificate-XXXXXX";
        const int descriptor = ::mkstemp(path.data());
        std::FILE* const out = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
        if (out == nullptr) {
            throw std::runtime_error("no temporary file");
        }
        ::PEM_write_X509(out, certificate_.get());
        std::fclose(out);
        file_ = path;
    }

    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
    std::unique_ptr<X509, void (*)(X509*)> certificate_;
    std::string file_;
};

/// Makes the server's side of connections.
class TestTlsServer {
   public:
    explicit TestTlsServer(const TestCertificate& certificate)
        : context_(::SSL_CTX_new(::TLS_server_method()), &::SSL_CTX_free) {
        certificate.use_in(context_.get());
    }

    [[nodiscard]] SSL_CTX* context() const noexcept { return context_.get(); }

    /// One connection's side.
    class Side {
       public:
        explicit Side(const TestTlsServer& server) : engine_(accepting(server)) {}

        /// What is asked, once all of `bytes` has been heard; to_send() holds what that leads to.
        std::string hear(std::string_view bytes) {
            engine_.hear(bytes);
            TlsEngine::ErrorCode error;
            std::string asked;
            if (!is_open_) {
                is_open_ = engine_.handshake(error);
            }
            if (is_open_) {
                engine_.read(asked, error);
            }
            return asked;
        }
        void say(std::string_view bytes) {
            TlsEngine::ErrorCode error;
            engine_.write(bytes, error);
        }
        void close() { engine_.close(); }
        /// Of both sides (TLS 1.3).
        void change_key() { ::SSL_key_update(engine_.native(), SSL_KEY_UPDATE_REQUESTED); }

        [[nodiscard]] bool is_open() const noexcept { return is_open_; }
        /// Taken out.
        std::string to_send() {
            std::string bytes(engine_.unsent());
            engine_.sent(bytes.size());
            return bytes;
        }

       private:
        static TlsContext::Connection accepting(const TestTlsServer& server) {
            TlsContext::Connection connection(::SSL_new(server.context()));
            ::SSL_set_accept_state(connection.get());
            return connection;
        }

        TlsEngine engine_;
        bool is_open_ = false;
    };

   private:
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
};

}  // namespace contend
