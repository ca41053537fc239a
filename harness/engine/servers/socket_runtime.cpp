#include "servers/socket_runtime.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace contend {

namespace {

/// Blocks until one of the two can be read.
void wait_until_readable(int first, int second) noexcept {
    std::array<pollfd, 2> watched{{{.fd = first, .events = POLLIN, .revents = 0},
                                   {.fd = second, .events = POLLIN, .revents = 0}}};
    while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
    }
}

// The connection stays in the backlog, and accepting it may work when others have closed.
bool lacks_resources(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

SocketRuntime::SocketRuntime(Listener& listener, const Routes& routes, std::uint64_t seed)
    : listener_(listener),
      routes_(routes),
      seed_(seed),
      stop_(require(::eventfd(0, EFD_CLOEXEC), "eventfd")),
      poller_(listener.descriptor(), stop_.get()) {}

void SocketRuntime::serve(Task<> server, int stop_descriptor) {
    const bool started = spawn(std::move(server));
    if (started) {
        wait_until_readable(stop_descriptor, stop_.get());
    }
    request_stop();
    join();
    if (!started) {
        throw std::system_error(EAGAIN, std::generic_category(), "a server's first thread");
    }
}

void SocketRuntime::request_stop() {
    RealThreads::request_stop();
    const std::uint64_t once = 1;
    [[maybe_unused]] const auto written = ::write(stop_.get(), &once, sizeof(once));
    const std::lock_guard lock(mutex_);
    for (const auto& [connection, owner] : connections_) {
        connection->shut_down();
    }
}

Ready<SocketRuntime::Connection*> SocketRuntime::accept() {
    while (!stopping()) {
        if (FileDescriptor socket = listener_.accept(); socket.get() >= 0) {
            return {add(std::move(socket))};
        }
        if (lacks_resources(errno)) {
            sleep(std::chrono::milliseconds(10));
        } else {
            wait_until_readable(listener_.descriptor(), stop_.get());
        }
    }
    return {nullptr};
}

Ready<SocketRuntime::Connection*> SocketRuntime::try_accept() {
    FileDescriptor socket = listener_.accept();
    if (socket.get() < 0) {
        return {nullptr};
    }
    Connection* const connection = add(std::move(socket));
    if (connection != nullptr) {
        poller_.watch(*connection);
    }
    return {connection};
}

// A connection that is accepted while all others are being shut down would be left out.
SocketRuntime::Connection* SocketRuntime::add(FileDescriptor socket) {
    const std::lock_guard lock(mutex_);
    if (stopping()) {
        return nullptr;
    }
    auto owner =
        std::make_unique<Connection>(std::move(socket), routes_, server_random(seed_, accepted_++));
    Connection* const connection = owner.get();
    connections_.emplace(connection, std::move(owner));
    return connection;
}

Ready<bool> SocketRuntime::receive(Connection& connection) {
    std::array<char, kReadBuffer> buffer;
    connection.receive(buffer, 0);
    if (connection.unanswered() > 0 || !connection.ended()) {
        return {true};
    }
    connection.send(0);  // why it is refused
    return {false};
}

// Once it stops, steps end early: what they lead to is no answer.
Ready<bool> SocketRuntime::send(Connection& connection) {
    return {!stopping() && connection.send(0)};
}

Ready<ReadOutcome> SocketRuntime::read(Connection& connection) {
    return {connection.receive(loop_buffer_, MSG_DONTWAIT)};
}

Ready<bool> SocketRuntime::write(Connection& connection) {
    const bool open = !stopping() && connection.send(MSG_DONTWAIT);
    poller_.watch(connection);
    return {open};
}

void SocketRuntime::stop_reading(Connection& connection) noexcept {
    connection.reading = false;
    poller_.watch(connection);
}

void SocketRuntime::close(Connection& connection) {
    connection.finish();
    const std::lock_guard lock(mutex_);
    connections_.erase(&connection);
}

}  // namespace contend
