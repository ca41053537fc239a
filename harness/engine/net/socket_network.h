// Real sockets and real timers under a LoadWorker: one io_context, run by one thread.
//
// Calls back on that thread only. A socket's or timer's callback may still come once after
// close() or cancel(); the worker tells stale ones by its generations. post() alone may be
// called from other threads.
//
// Cost: one send and one receive system call a request. Asio performs a receive when epoll
// reports the descriptor, and skips the speculative one after a short read, so buffers are
// kept larger than what arrives. With kernel stamps Asio waits and recvmsg reads, because
// Asio's own receive has no room for a stamp; that re-arms epoll once a request, which the
// open loop, waking up for each response anyway, doesn't notice.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/clock.h"
#include "net/timers.h"
#include "net/inbox.h"
#include "net/receive_clock.h"
#include "net/source_addresses.h"

namespace contend {

class SocketTransport {
    using Executor = boost::asio::io_context::executor_type;
    using Tcp = boost::asio::ip::tcp;
    using ErrorCode = boost::system::error_code;

   public:
    /// With `kernel_stamps` a response completes when the kernel received it, else when the
    /// generator read it. `first_connection` is the number of its first one among the trial's.
    SocketTransport(const Tcp::endpoint& server, bool kernel_stamps, std::size_t first_connection)
        : context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
          inbox_(context_),
          alarm_(context_),
          server_(server),
          sources_(server.address(), first_connection),
          kernel_stamps_(kernel_stamps) {}

    class Timer {
       public:
        explicit Timer(SocketTransport& transport) : alarm_(transport.alarm_) {}
        Timer(const Timer&) = delete;
        Timer& operator=(const Timer&) = delete;
        ~Timer() { cancel(); }

        /// Calls `handler` once at `time` or later, in place of what was set before.
        template <class Handler>
        void at(TimePoint time, Handler handler) {
            timer_.handler = std::move(handler);
            alarm_.set(timer_, time);
        }
        void cancel() { alarm_.remove(timer_); }

       private:
        Alarm& alarm_;
        Alarm::Timer timer_;
    };

    class Socket {
       public:
        explicit Socket(SocketTransport& transport)
            : transport_(transport),
              socket_(transport.context_),
              source_(transport.sources_.next()) {}

        /// REQUIRES: the socket is closed.
        template <class Handler>
        void connect(Handler handler) {
            ErrorCode error;
            socket_.open(transport_.server_.protocol(), error);
            if (!error && source_) {
                // Without a port of its own yet: connect() chooses one that is free towards
                // this server, of which there are more.
                const int on = 1;
                ::setsockopt(socket_.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
                             sizeof(on));
                socket_.bind(*source_, error);
            }
            if (error) {
                boost::asio::post(transport_.context_, [handler, error] { handler(error); });
                return;
            }
            socket_.async_connect(transport_.server_,
                                  [this, handler, epoch = epoch_](ErrorCode outcome) {
                                      if (epoch != epoch_) {
                                          return;
                                      }
                                      if (!outcome) {
                                          forget_writing(outcome);
                                      }
                                      if (!outcome) {
                                          socket_.set_option(Tcp::no_delay(true), outcome);
                                      }
                                      if (!outcome) {
                                          socket_.non_blocking(true, outcome);
                                      }
                                      if (!outcome && transport_.kernel_stamps_) {
                                          ReceiveClock::enable(socket_.native_handle());
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
            socket_.async_wait(Tcp::socket::wait_write, [handler](const ErrorCode& error) {
                if (!error) {
                    handler();
                }
            });
        }

        /// Calls `handler` once with an error (end of stream is one) or the bytes that came,
        /// which stay valid until it returns, and the kernel's stamp on the last of them where
        /// there is one.
        template <class Handler>
        void receive(Handler handler) {
            if (transport_.kernel_stamps_) {
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

        // To connect, Asio had epoll watch for writing too, and would for good: every wait for a
        // response would be told first that the socket can be written to.
        void forget_writing(ErrorCode& error) {
            const auto descriptor = socket_.release(error);
            if (!error) {
                socket_.assign(transport_.server_.protocol(), descriptor, error);
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
            socket_.async_read_some(buffer,
                                    [this, handler](const ErrorCode& error, std::size_t count) {
                                        if (error == boost::asio::error::operation_aborted) {
                                            return;
                                        }
                                        // A new buffer after a full one: the handler still reads
                                        // from the old.
                                        std::unique_ptr<char[]> full;
                                        const std::string_view bytes(buffer_.get(), count);
                                        if (count == size_ && size_ < kLargestBuffer) {
                                            full = std::exchange(buffer_, nullptr);
                                            size_ *= 2;
                                        }
                                        handler(error, bytes, std::nullopt);
                                    });
        }

        // Reads when there is something to read, so one buffer serves all sockets.
        template <class Handler>
        void receive_stamped(Handler handler) {
            // A wait that had ended before its socket was closed may be called when the next one
            // is open: what has come there is not for it.
            socket_.async_wait(
                Tcp::socket::wait_read, [this, handler, epoch = epoch_](ErrorCode error) {
                    if (epoch != epoch_ || error == boost::asio::error::operation_aborted) {
                        return;
                    }
                    auto& buffer = transport_.shared_buffer_;
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
                                transport_.receive_clock_.stamp_of(message, SteadyClock().now()));
                    } else if (count < 0 && errno == EAGAIN) {
                        receive_stamped(handler);
                    } else {
                        error = count == 0 ? ErrorCode(boost::asio::error::eof)
                                           : ErrorCode(errno, boost::system::system_category());
                        handler(error, std::string_view(), std::nullopt);
                    }
                });
        }

        SocketTransport& transport_;
        boost::asio::basic_stream_socket<Tcp, Executor> socket_;
        std::optional<Tcp::endpoint> source_;
        std::uint32_t epoch_ = 0;  // of the descriptor
        std::unique_ptr<char[]> buffer_;
        std::size_t size_ = kSmallestBuffer;
    };

    /// Calls back until stop().
    void run() {
        context_.restart();
        context_.run();
    }
    /// Waits for one callback and makes it.
    void run_one() {
        context_.restart();
        context_.run_one();
    }
    /// Makes the callbacks that are due, without waiting.
    void poll() {
        context_.restart();
        context_.poll();
    }
    void stop() { context_.stop(); }

    void post(std::function<void()> call) { inbox_.post(std::move(call)); }

   private:
    boost::asio::io_context context_;
    Inbox inbox_;
    Alarm alarm_;
    Tcp::endpoint server_;
    SourceAddresses sources_;
    bool kernel_stamps_;
    ReceiveClock receive_clock_;
    std::array<char, 65536> shared_buffer_{};
};

}  // namespace contend
