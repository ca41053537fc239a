// The oracle: a server whose right reply to every request is known to the nanosecond, so that
// what a load generator reports of it can be held against the truth.
//
// It serves nothing: VirtualQueue says when a queue of its kind would be done with a request, by
// the intended time that the request carries, and it replies then. What is between the two is the
// path's and the generator's, never queueing at the oracle: a reply that leaves late keeps no other
// one waiting. GET /at/N replies to a request that was intended at N nanoseconds of the monotonic
// clock, GET / to one that was intended when it was received; GET /log and GET /gaps give the truth
// of all replies so far, and the times in which the oracle should have looked at its sockets and
// did not, as 64-bit integers.
//
// One thread, its caller's. While it has a client it polls and never sleeps, so that it replies on
// time, wakes up for nothing, and sees every gap; so it wants a core of its own. A client that does
// not take its replies is let go; a second request on a connection waits for the first one's reply.
#pragma once

#include <array>
#include <list>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/distribution.h"
#include "core/file_descriptor.h"
#include "core/gap_log.h"
#include "core/random.h"
#include "core/virtual_queue.h"
#include "http/request_reader.h"
#include "servers/epoll.h"
#include "servers/listener.h"
#include "servers/oracle_log.h"
#include "servers/response.h"

namespace contend {

struct OracleRules {
    Distribution service;
    QueueRules queue;
    std::uint64_t seed = 1;
    std::size_t most_entries = 0;  // of the log
};

class OracleServer {
   public:
    /// Listener and stop descriptor outlive it.
    OracleServer(Listener& listener, int stop_descriptor, const OracleRules& rules);

    /// Until the stop descriptor can be read.
    void run();

   private:
    struct Connection {
        FileDescriptor socket;
        RequestReader reader;
        std::string unread;    // what came behind a request that has no whole reply yet
        std::string unsent;    // what the kernel would not take yet
        bool waiting = false;  // for the time of its reply
        std::list<Connection>::iterator place;

        [[nodiscard]] bool is_replying() const noexcept { return waiting || !unsent.empty(); }
    };

    struct Reply {
        TimePoint done{};
        TimePoint intended{};
        TimePoint received{};
        Connection* connection = nullptr;
        ResponseForm form;

        bool operator>(const Reply& other) const noexcept { return done > other.done; }
    };

    void accept();
    bool take_events();
    void take_event(Connection& connection, TimePoint now);
    void reply_to_next();
    [[nodiscard]] bool receive(Connection& connection, TimePoint now);
    [[nodiscard]] bool take(Connection& connection, std::string_view bytes, TimePoint now);
    [[nodiscard]] bool take_unread(Connection& connection, TimePoint now);
    [[nodiscard]] bool answer(Connection& connection, TimePoint now);
    [[nodiscard]] bool serve(Connection& connection, TimePoint intended, TimePoint now,
                             ResponseForm form);
    [[nodiscard]] bool send(Connection& connection, const Response& response, ResponseForm form);
    [[nodiscard]] bool flush(Connection& connection, TimePoint now);
    [[nodiscard]] std::string gap_bytes() const;

    Listener& listener_;
    Epoll<64> epoll_;
    std::list<Connection> connections_;
    Distribution service_;
    Random random_;
    VirtualQueue queue_;
    OracleLog log_;
    GapLog gaps_;
    std::priority_queue<Reply, std::vector<Reply>, std::greater<>> replies_;
    std::array<char, 65536> buffer_;
    std::string output_;
};

}  // namespace contend
