// What an event loop waits with: its listening socket, its connections, the ends of the waits of
// its requests, and being woken.
//
// epoll, level-triggered. wake() may be called by any thread, all else by the loop's only.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <span>
#include <vector>

#include "core/clock.h"
#include "core/file_descriptor.h"
#include "models/runtime.h"
#include "servers/epoll.h"
#include "servers/socket_connection.h"

namespace contend {

class Poller {
   public:
    using Request = SocketConnection::Request;
    using Event = PollEvent<SocketConnection, Request>;

    /// Both descriptors outlive it. `stop` is one that can be read once the loop has to stop:
    /// then poll() returns.
    Poller(int listener, int stop);

    /// What is ready, in the order in which it became so, until the next call. Returns without
    /// any after `timeout`, by whole milliseconds as libuv's loop does.
    std::span<const Event> poll(Nanoseconds timeout);

    void wake() noexcept;

    /// Watches a connection for what it can do next; for nothing when nothing can come of it.
    void watch(SocketConnection& connection) noexcept;

    /// An event is due at `time`.
    void set_io(Request& request, TimePoint time);

   private:
    struct Io {
        TimePoint time;
        std::uint64_t order;  // of two that are due together the first comes first
        Request* request;
        bool operator>(const Io& other) const noexcept {
            return time != other.time ? time > other.time : order > other.order;
        }
    };

    void list(const epoll_event& event);
    void list_due_io();
    void set_timer() noexcept;

    Epoll<kMostEvents> epoll_;
    FileDescriptor wake_;
    FileDescriptor timer_;  // can be read when the first of ios_ is due
    std::vector<Event> events_;
    std::priority_queue<Io, std::vector<Io>, std::greater<>> ios_;
    std::uint64_t next_order_ = 0;
};

}  // namespace contend
