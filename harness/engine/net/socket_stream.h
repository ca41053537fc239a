// A connection over a socket of this machine's kernel: TCP, or local.
//
// Cost: one send and one receive system call a request. Asio performs a receive when epoll
// reports the descriptor, and skips the speculative one after a short read, so buffers are
// kept larger than what arrives. With kernel stamps Asio waits and recvmsg reads, because
// Asio's own receive has no room for a stamp; that re-arms epoll once a request, which the
// open loop, waking up for each response anyway, doesn't notice. Used by its network's thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "net/socket_network.h"

namespace contend {

class SocketStream {
    using Executor = boost::asio::io_context::executor_type;
    using Protocol = boost::asio::generic::stream_protocol;
    using ErrorCode = boost::system::error_code;

   public:
    explicit SocketStream(SocketNetwork& network)
        : network_(network), socket_(network.context()), source_(network.sources().next()) {}

    /// REQUIRES: the socket is closed.
    template <class Handler>
    void connect(Handler handler) {
        ErrorCode error;
        open(error);
        if (error) {
            boost::asio::post(network_.context(), [handler, error] { handler(error); });
            return;
        }
        socket_.async_connect(network_.server().endpoint,
                              [this, handler, epoch = epoch_](ErrorCode outcome) {
                                  if (epoch != epoch_) {
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
        const auto sent =
            socket_.write_some(boost::asio::buffer(bytes.data(), bytes.size()), error);
        if (error == boost::asio::error::would_block) {
            error.clear();
        }
        return sent;
    }

    template <class Handler>
    void wait_writable(Handler handler) {
        socket_.async_wait(boost::asio::socket_base::wait_write, [handler](const ErrorCode& error) {
            if (!error) {
                handler();
            }
        });
    }

    template <class Handler>
    void receive(Handler handler) {
        if (network_.kernel_stamps()) {
            receive_stamped(handler);
        } else {
            receive_plain(handler);
        }
    }

    void close() {
        ++epoch_;
        ErrorCode ignored;
        socket_.close(ignored);
    }

   private:
    // Small, so that ten thousand idle connections stay cheap; doubled when filled.
    static constexpr std::size_t kSmallestBuffer = 2048;
    static constexpr std::size_t kLargestBuffer = 65536;

    void open(ErrorCode& error) {
        socket_.open(network_.server().endpoint.protocol(), error);
        if (!error && source_) {
            // Without a port of its own yet: connect() chooses one that is free towards this
            // server, of which there are more.
            const int on = 1;
            ::setsockopt(socket_.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
                         sizeof(on));
            socket_.bind(*source_, error);
        }
    }

    void set_up(ErrorCode& error) {
        forget_writing(error);
        if (!error && network_.server().ip) {
            socket_.set_option(boost::asio::ip::tcp::no_delay(true), error);
        }
        if (!error) {
            socket_.non_blocking(true, error);
        }
        if (!error && network_.kernel_stamps()) {
            ReceiveClock::enable(socket_.native_handle());
        }
    }

    // To connect, Asio had epoll watch for writing too, and would for good: every wait for a
    // response would be told first that the socket can be written to.
    void forget_writing(ErrorCode& error) {
        const auto descriptor = socket_.release(error);
        if (!error) {
            socket_.assign(network_.server().endpoint.protocol(), descriptor, error);
            if (error) {
                ::close(descriptor);
            }
        }
    }

    template <class Handler>
    void receive_plain(Handler handler) {
        if (buffer_ == nullptr) {
            buffer_ = std::make_unique_for_overwrite<char[]>(size_);
        }
        const auto buffer = boost::asio::buffer(buffer_.get(), size_);
        socket_.async_read_some(buffer, [this, handler](const ErrorCode& error, std::size_t count) {
            if (error == boost::asio::error::operation_aborted) {
                return;
            }
            // A new buffer after a full one: the handler still reads from the old.
            std::unique_ptr<char[]> full;
            const std::string_view bytes(buffer_.get(), count);
            if (count == size_ && size_ < kLargestBuffer) {
                full = std::exchange(buffer_, nullptr);
                size_ *= 2;
            }
            handler(error, bytes, std::nullopt);
        });
    }

    // Reads when there is something to read, so one buffer serves all streams.
    template <class Handler>
    void receive_stamped(Handler handler) {
        // A wait that had ended before its socket was closed may be called when the next one
        // is open: what has come there is not for it.
        socket_.async_wait(
            boost::asio::socket_base::wait_read, [this, handler, epoch = epoch_](ErrorCode error) {
                if (epoch != epoch_ || error == boost::asio::error::operation_aborted) {
                    return;
                }
                const auto buffer = network_.shared_buffer();
                iovec piece{buffer.data(), buffer.size()};
                alignas(cmsghdr) std::array<char, ReceiveClock::kControlSize> control;
                msghdr message{};
                message.msg_iov = &piece;
                message.msg_iovlen = 1;
                message.msg_control = control.data();
                message.msg_controllen = control.size();
                const auto count = ::recvmsg(socket_.native_handle(), &message, 0);
                if (count > 0) {
                    handler(ErrorCode(),
                            std::string_view(buffer.data(), static_cast<std::size_t>(count)),
                            network_.receive_clock().stamp_of(message, SteadyClock().now()));
                } else if (count < 0 && errno == EAGAIN) {
                    receive_stamped(handler);
                } else {
                    error = count == 0 ? ErrorCode(boost::asio::error::eof)
                                       : ErrorCode(errno, boost::system::system_category());
                    handler(error, std::string_view(), std::nullopt);
                }
            });
    }

    SocketNetwork& network_;
    boost::asio::basic_stream_socket<Protocol, Executor> socket_;
    std::optional<boost::asio::ip::tcp::endpoint> source_;
    std::uint32_t epoch_ = 0;  // of the descriptor
    std::unique_ptr<char[]> buffer_;
    std::size_t size_ = kSmallestBuffer;
};

static_assert(ByteStream<SocketStream>);
static_assert(StreamNetwork<SocketNetwork>);

}  // namespace contend
