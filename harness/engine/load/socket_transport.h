// Real sockets and real timers under a LoadWorker: one io_context, run by one thread.
//
// Calls back on that thread only. A socket's or timer's callback may still come once after
// close() or cancel(); the worker tells stale ones by its generations. post() alone may be
// called from other threads.
//
// Cost: one send and one receive system call a request. Asio performs a receive when epoll
// reports the descriptor, and skips the speculative one after a short read, so buffers are
// kept larger than what arrives.
#pragma once

#include <algorithm>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string_view>
#include <utility>

#include "core/clock.h"

namespace contend {

class SocketTransport {
    using Executor = boost::asio::io_context::executor_type;
    using Tcp = boost::asio::ip::tcp;
    using ErrorCode = boost::system::error_code;

   public:
    explicit SocketTransport(Tcp::endpoint server)
        : context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
          work_(context_.get_executor()),
          server_(std::move(server)) {}

    class Timer {
       public:
        explicit Timer(SocketTransport& transport) : timer_(transport.context_) {}

        /// Calls `handler` once at `time`, in place of what was set before.
        template <class Handler>
        void at(TimePoint time, Handler handler) {
            timer_.expires_at(time);
            timer_.async_wait([handler](const ErrorCode& error) {
                if (!error) {
                    handler();
                }
            });
        }
        void cancel() { timer_.cancel(); }

       private:
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          Executor>
            timer_;
    };

    class Socket {
       public:
        explicit Socket(SocketTransport& transport)
            : transport_(transport), socket_(transport.context_) {}

        /// REQUIRES: the socket is closed.
        template <class Handler>
        void connect(Handler handler) {
            ErrorCode error;
            socket_.open(transport_.server_.protocol(), error);
            if (error) {
                boost::asio::post(transport_.context_, [handler, error] { handler(error); });
                return;
            }
            socket_.async_connect(transport_.server_, [this, handler](ErrorCode outcome) {
                if (!outcome) {
                    socket_.set_option(Tcp::no_delay(true), outcome);
                }
                if (!outcome) {
                    socket_.non_blocking(true, outcome);
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
        /// which stay valid until the next receive().
        template <class Handler>
        void receive(Handler handler) {
            if (buffer_ == nullptr) {
                buffer_ = std::make_unique_for_overwrite<char[]>(size_);
            }
            socket_.async_read_some(boost::asio::buffer(buffer_.get(), size_),
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
                                        handler(error, bytes);
                                    });
        }

        void close() {
            ErrorCode ignored;
            socket_.close(ignored);
        }

       private:
        // Small, so that ten thousand idle connections stay cheap; doubled when filled.
        static constexpr std::size_t kSmallestBuffer = 2048;
        static constexpr std::size_t kLargestBuffer = 65536;

        SocketTransport& transport_;
        boost::asio::basic_stream_socket<Tcp, Executor> socket_;
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

    template <class Function>
    void post(Function function) {
        boost::asio::post(context_, std::move(function));
    }

   private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<Executor> work_;
    Tcp::endpoint server_;
};

}  // namespace contend
