// A plain client for the servers' tests: one blocking socket, and responses as they come.
//
// One thread. A response that doesn't come within 30 s throws, so that a test fails and goes on.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/file_descriptor.h"

namespace contend {

class BlockingClient {
   public:
    struct Reply {
        int status = 0;
        std::string head;
        std::string body;
    };

    /// `receive_buffer`: of the kernel's, in bytes; 0 leaves it as it is.
    explicit BlockingClient(std::uint16_t port, int receive_buffer = 0)
        : socket_(require(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
        const timeval patience{.tv_sec = 30, .tv_usec = 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        if (receive_buffer > 0) {
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                         sizeof(receive_buffer));
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        require(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)),
                "connect");
    }

    /// How much the kernel took: all, unless flags has MSG_DONTWAIT.
    std::size_t send(std::string_view bytes, int flags = 0) {
        std::size_t sent = 0;
        while (sent < bytes.size()) {
            const ssize_t took = ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent,
                                        flags | MSG_NOSIGNAL);
            if (took < 0) {
                break;
            }
            sent += static_cast<std::size_t>(took);
        }
        return sent;
    }

    void request(std::string_view path, std::string_view method = "GET") {
        send(std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    /// The next response; `to_head`: without a body.
    Reply reply(bool to_head = false) {
        constexpr std::string_view kEnd = "\r\n\r\n";
        constexpr std::string_view kLength = "Content-Length: ";
        while (heard_.find(kEnd) == std::string::npos) {
            hear();
        }
        Reply reply;
        const std::size_t head_size = heard_.find(kEnd) + kEnd.size();
        reply.head = heard_.substr(0, head_size);
        reply.status = std::stoi(reply.head.substr(9, 3));
        const std::size_t length =
            to_head ? 0 : std::stoul(reply.head.substr(reply.head.find(kLength) + kLength.size()));
        while (heard_.size() < head_size + length) {
            hear();
        }
        reply.body = heard_.substr(head_size, length);
        heard_.erase(0, head_size + length);
        return reply;
    }

    Reply get(std::string_view path) {
        request(path);
        return reply();
    }

    /// Whether something can be read now.
    bool has_reply() {
        char first = 0;
        return ::recv(socket_.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    }

    /// Waits for the server to close; false when it says something else before.
    bool closed() {
        char more = 0;
        return heard_.empty() && ::recv(socket_.get(), &more, 1, 0) == 0;
    }

    void end() { ::shutdown(socket_.get(), SHUT_WR); }

   private:
    void hear() {
        std::array<char, 65536> buffer;
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            throw std::runtime_error("no response: " + heard_);
        }
        heard_.append(buffer.data(), static_cast<std::size_t>(got));
    }

    FileDescriptor socket_;
    std::string heard_;
};

}  // namespace contend
