// A connection over a socket of this machine's kernel: TCP, or local.
//
// Asio connects it; from then on it is read and written by system calls of its own, one of each a
// request, when Readiness says that it can be. The kernel's stamps come by recvmsg. Used by its
// network's thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/file_descriptor.h"
#include "net/receive_handler.h"
#include "net/socket_network.h"

namespace contend {

class SocketStream final : Readiness::Watched {
    using Executor = boost::asio::io_context::executor_type;
    using Protocol = boost::asio::generic::stream_protocol;
    using ErrorCode = boost::system::error_code;

   public:
    explicit SocketStream(SocketNetwork& network)
        : network_(network), connecting_(network.context()), source_(network.sources().next()) {}

    /// REQUIRES: it is closed.
    template <class Handler>
    void connect(Handler handler) {
        ErrorCode error;
        open(error);
        if (error) {
            boost::asio::post(network_.context(), [handler, error] { handler(error); });
            return;
        }
        connecting_.async_connect(network_.server().endpoint,
                                  [this, handler, epoch = epoch_](ErrorCode outcome) {
                                      if (epoch != epoch_) {
                                          return;
                                      }
                                      if (!outcome && !is_connected()) {
                                          connect_later(handler);
                                          return;
                                      }
                                      if (!outcome) {
                                          set_up(outcome);
                                      }
                                      handler(outcome);
                                  });
    }

    /// Sends what the kernel takes now and returns how much; a full buffer is no error.
    std::size_t send(std::string_view bytes, ErrorCode& error) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            return static_cast<std::size_t>(sent);
        }
        if (errno != EAGAIN) {
            error = last_error();
        }
        return 0;
    }

    template <class Handler>
    void wait_writable(Handler handler) {
        on_writable_ = handler;
        network_.readiness().watch_writing(socket_.get(), *this);
    }

    template <class Handler>
    void receive(Handler handler) {
        on_received_.set(handler);
        if (is_readable_) {
            network_.readiness().list(*this);
        }
    }

    void close() {
        ++epoch_;
        later_.reset();
        ErrorCode ignored;
        connecting_.close(ignored);
        socket_ = FileDescriptor();
        on_received_.clear();
        on_writable_ = nullptr;
        is_readable_ = has_ended_ = is_writable_ = false;
        unlink();
    }

   private:
    // A local socket whose server's backlog is full is told to wait, and nothing tells when to go
    // on; Asio takes that for a connection.
    [[nodiscard]] bool is_connected() {
        sockaddr_storage peer{};
        socklen_t size = sizeof(peer);
        return network_.server().ip ||
               ::getpeername(connecting_.native_handle(), reinterpret_cast<sockaddr*>(&peer),
                             &size) == 0;
    }
    template <class Handler>
    void connect_later(Handler handler) {
        constexpr Nanoseconds kLater = std::chrono::milliseconds(1);
        ErrorCode ignored;
        connecting_.close(ignored);
        later_ = std::make_unique<SocketNetwork::Timer>(network_);
        later_->at(SocketNetwork::now() + kLater, [this, handler] { connect(handler); });
    }

    static ErrorCode last_error() { return {errno, boost::system::system_category()}; }

    void open(ErrorCode& error) {
        connecting_.open(network_.server().endpoint.protocol(), error);
        if (!error && source_) {
            // Without a port of its own yet: connect() chooses one that is free towards this
            // server, of which there are more.
            const int on = 1;
            ::setsockopt(connecting_.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
                         sizeof(on));
            connecting_.bind(*source_, error);
        }
    }

    // Asio watches it no more: to connect, it had epoll watch for writing too, and would for good.
    void set_up(ErrorCode& error) {
        if (network_.server().ip) {
            connecting_.set_option(boost::asio::ip::tcp::no_delay(true), error);
        }
        if (!error) {
            connecting_.native_non_blocking(true, error);
        }
        if (error) {
            return;
        }
        const int socket = connecting_.release(error);
        if (error) {
            return;
        }
        socket_ = FileDescriptor(socket);
        if (network_.kernel_stamps()) {
            ReceiveClock::enable(socket);
        }
        if (network_.readiness().watch(socket, *this) != 0) {
            error = last_error();
        }
    }

    void notice(std::uint32_t events) override {
        has_ended_ = has_ended_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        is_readable_ = is_readable_ || has_ended_ || (events & EPOLLIN) != 0;
        is_writable_ = is_writable_ || (on_writable_ && (events & (EPOLLOUT | EPOLLERR)) != 0);
        if ((is_readable_ && on_received_.is_set()) || is_writable_) {
            network_.readiness().list(*this);
        }
    }

    bool take_turn() override {
        if (std::exchange(is_writable_, false) && on_writable_) {
            if (is_readable_ && on_received_.is_set()) {
                network_.readiness().list(*this);
            }
            std::exchange(on_writable_, nullptr)();
            return true;
        }
        return is_readable_ && on_received_.is_set() && read();
    }

    // One buffer serves all streams: nothing stays in it.
    bool read() {
        const auto buffer = network_.shared_buffer();
        std::optional<TimePoint> stamp;
        const ssize_t count = network_.kernel_stamps()
                                  ? read_stamped(buffer, stamp)
                                  : ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (count > 0) {
            // Less than there is room for is all that there was; the end is still to be read.
            const auto size = static_cast<std::size_t>(count);
            is_readable_ = has_ended_ || size == buffer.size();
            on_received_(ErrorCode(), std::string_view(buffer.data(), size), stamp);
            return true;
        }
        if (count < 0 && errno == EAGAIN) {
            is_readable_ = false;
            return false;
        }
        on_received_(count == 0 ? ErrorCode(boost::asio::error::eof) : last_error(),
                     std::string_view(), std::nullopt);
        return true;
    }

    ssize_t read_stamped(std::span<char> buffer, std::optional<TimePoint>& stamp) {
        iovec piece{buffer.data(), buffer.size()};
        alignas(cmsghdr) std::array<char, ReceiveClock::kControlSize> control;
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t count = ::recvmsg(socket_.get(), &message, 0);
        if (count > 0) {
            stamp = network_.receive_clock().stamp_of(message, SteadyClock().now());
        }
        return count;
    }

    SocketNetwork& network_;
    boost::asio::basic_stream_socket<Protocol, Executor> connecting_;  // until it stands
    FileDescriptor socket_;                                            // from then on
    std::optional<boost::asio::ip::tcp::endpoint> source_;
    std::unique_ptr<SocketNetwork::Timer> later_;  // of a connect that has to be tried again
    std::uint32_t epoch_ = 0;                      // of the connection
    bool is_readable_ = false;
    bool is_writable_ = false;
    bool has_ended_ = false;  // as far as the kernel has it: to be read behind what has come
    ReceiveHandler on_received_;
    std::function<void()> on_writable_;
};

static_assert(ByteStream<SocketStream>);
static_assert(StreamNetwork<SocketNetwork>);

}  // namespace contend
