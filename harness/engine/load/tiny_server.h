// A server for the tests of this folder: a thread a connection, at a port that the kernel chose,
// until it goes. What it answers is one text, or what a conversation says.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "http/request_reader.h"

namespace contend {

class TinyServer {
   public:
    /// Of one connection: what is said to what has been heard.
    using Conversation = std::function<std::string(std::string_view)>;

    explicit TinyServer(const std::string& answer)
        : TinyServer([answer]() -> Conversation {
              return [answer, reader = RequestReader()](std::string_view heard) mutable {
                  if (reader.read(heard) != ReadState::kComplete) {
                      return std::string();
                  }
                  reader.begin();
                  return answer;
              };
          }) {}
    explicit TinyServer(std::function<Conversation()> make) : make_(std::move(make)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::system_error(errno, std::generic_category(), "listen");
        }
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept(); });
    }
    ~TinyServer() {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        for (auto& thread : threads_) {
            thread.join();
        }
        ::close(listener_);
    }
    TinyServer(const TinyServer&) = delete;
    TinyServer& operator=(const TinyServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

   private:
    void accept() {
        for (int peer = ::accept(listener_, nullptr, nullptr); peer >= 0;
             peer = ::accept(listener_, nullptr, nullptr)) {
            threads_.emplace_back([this, peer] { serve(peer); });
        }
    }
    void serve(int peer) {
        const Conversation conversation = make_();
        char buffer[16384];
        for (ssize_t got = ::recv(peer, buffer, sizeof(buffer), 0); got > 0;
             got = ::recv(peer, buffer, sizeof(buffer), 0)) {
            const std::string said = conversation({buffer, static_cast<std::size_t>(got)});
            if (!said.empty()) {
                ::send(peer, said.data(), said.size(), MSG_NOSIGNAL);
            }
        }
        ::close(peer);
    }

    std::function<Conversation()> make_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread acceptor_;
    std::vector<std::thread> threads_;
};

}  // namespace contend
