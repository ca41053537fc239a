// What a model's rules run on in real time: the names of runtime.h over sockets, threads and CPU
// that is burned. The real driver.
//
// Every awaitable is ready at once: the calling thread has really blocked, or computed. Blocking
// sockets serve a model of threads, poll() and what is named beside it one of an event loop.
// Stops from whatever state: sleeps and computing end (RealThreads), and so does all that blocks
// on a socket. Members that take a connection are called by the thread that uses it; all others
// by any, but poll(), try_accept() and start_io() by the loop's alone.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>

#include "core/file_descriptor.h"
#include "models/real_threads.h"
#include "models/runtime.h"
#include "servers/listener.h"
#include "servers/poller.h"
#include "servers/routes.h"
#include "servers/socket_connection.h"

namespace contend {

class SocketRuntime : public RealThreads {
   public:
    using Connection = SocketConnection;
    using Request = SocketConnection::Request;
    using Event = Poller::Event;

    /// Listener and routes outlive it. Each connection draws a stream of its own from `seed`.
    SocketRuntime(Listener& listener, const Routes& routes, std::uint64_t seed);
    ~SocketRuntime() { join(); }
    SocketRuntime(const SocketRuntime&) = delete;
    SocketRuntime& operator=(const SocketRuntime&) = delete;

    /// Runs `server`, a model's first thread, until `stop_descriptor` can be read; returns when
    /// all threads have ended. Throws std::system_error when the machine has no more threads.
    void serve(Task<> server, int stop_descriptor);

    /// As RealThreads has it, and nothing blocks on a socket any more.
    void request_stop();

    Ready<Connection*> accept();
    Ready<bool> receive(Connection& connection);
    Ready<bool> send(Connection& connection);

    Ready<std::span<const Event>> poll(Nanoseconds timeout) { return {poller_.poll(timeout)}; }
    void wake() noexcept { poller_.wake(); }
    Ready<Connection*> try_accept();
    Ready<ReadOutcome> read(Connection& connection);
    Ready<bool> write(Connection& connection);
    void stop_reading(Connection& connection) noexcept;
    void start_io(Request& request, Nanoseconds duration) {
        poller_.set_io(request, now() + duration);
    }
    void close(Connection& connection);

   private:
    static constexpr std::size_t kReadBuffer = 65536;  // libuv's

    Connection* add(FileDescriptor socket);

    Listener& listener_;
    const Routes& routes_;
    std::uint64_t seed_;
    FileDescriptor stop_;  // can be read once the runtime stops
    Poller poller_;
    std::array<char, kReadBuffer> loop_buffer_;
    std::mutex mutex_;  // guards what follows
    std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
    std::uint64_t accepted_ = 0;
};

static_assert(Runtime<SocketRuntime>);

}  // namespace contend
