// Model event-loop: one libuv loop with its pool, as a Node.js process has it (libuv >= 1.45;
// models.md, section 1).
//
// Everything but the pool's work runs in callbacks on one thread, each to its end. Phases:
// timers once at the start, then around and around: pending, idle, prepare, poll, check,
// closing, timers. A server of HTTP requests has nothing in pending (its writes are tried
// synchronously), idle, prepare and check (setImmediate), so those are empty here. Its timers
// close connections that have been idle for too long.
#pragma once

#include <algorithm>
#include <array>
#include <list>
#include <vector>

#include "models/parameters.h"
#include "models/runtime.h"
#include "models/work_pool.h"

namespace contend {

template <class Runtime>
class EventLoop {
    using Connection = typename Runtime::Connection;
    using Request = typename Runtime::Request;
    using Event = typename Runtime::Event;

   public:
    static constexpr std::string_view kName = "event-loop";
    static constexpr std::string_view kSummary = "one event loop with a pool, as Node.js";
    static constexpr std::array kParameters{
        Parameter{"pool", "threads of the pool", "4"},
        Parameter{"keep-alive", "idle time after which a connection is closed", "5s"},
        Parameter{"backlog", "connections that wait to be accepted", "511"},
    };

    EventLoop(Runtime& runtime, const Parameters& parameters)
        : runtime_(runtime),
          keep_alive_(parameters.duration("keep-alive")),
          pool_(runtime, parameters.count("pool", 1, 1024)) {}

    Task<> run() {
        pool_.start();
        run_timers();
        while (!runtime_.stopping()) {
            co_await poll();
            close_connections();
            run_timers();
        }
        co_await pool_.stop();
    }

   private:
    static constexpr int kMostPolls = 48;  // in one turn, while each is full
    static constexpr int kMostReads = 32;  // of one connection in one callback

    Task<> poll() {
        Nanoseconds timeout = closing_.empty() ? until_next_timer() : Nanoseconds(0);
        for (int polls = 0; polls < kMostPolls; ++polls) {
            const auto events = co_await runtime_.poll(timeout);
            for (const Event& event : events) {
                switch (event.kind) {
                    case Event::Kind::kListener:
                        co_await accept();
                        break;
                    case Event::Kind::kConnection:
                        co_await on_connection(*event.connection);
                        break;
                    case Event::Kind::kIo:
                        co_await run(*event.request);
                        break;
                    case Event::Kind::kWake:
                        co_await on_work_done();
                        break;
                }
            }
            if (events.size() < kMostEvents) {
                co_return;
            }
            timeout = Nanoseconds(0);
        }
    }

    // Exactly one: the next one is the next turn's.
    Task<> accept() {
        if (Connection* connection = co_await runtime_.try_accept()) {
            connection->loop.list = &busy_;
            connection->loop.place = busy_.insert(busy_.end(), connection);
        }
    }

    // All requests that a read brings are run at once, one after the other. Nothing is read
    // while the peer does not take its answers.
    Task<> on_connection(Connection& connection) {
        if (connection.loop.list == &closing_) {
            co_return;
        }
        move(connection, busy_);
        if (connection.sending()) {
            co_await write(connection);
        }
        for (int reads = 0; reads < kMostReads && !connection.sending(); ++reads) {
            const ReadOutcome read = co_await runtime_.read(connection);
            while (Request* request = connection.next_request()) {
                co_await run(*request);
            }
            if (read.ended) {
                runtime_.stop_reading(connection);
                co_await write(connection);
            }
            if (!read.filled || connection.loop.list == &closing_) {
                co_return;
            }
        }
    }

    // Runs a request until it has to wait, or is answered.
    Task<> run(Request& request) {
        while (const auto step = request.next_step()) {
            switch (step->kind) {
                case StepKind::kCpu:
                    co_await runtime_.cpu(step->duration);
                    break;
                case StepKind::kIo:
                    runtime_.start_io(request, step->duration);
                    co_return;
                case StepKind::kPool:
                    co_await pool_.submit(&request, step->duration);
                    co_return;
            }
        }
        Connection& connection = request.connection();
        connection.answer(request);
        co_await write(connection);
    }

    Task<> on_work_done() {
        for (Request* request : co_await pool_.take_finished()) {
            co_await run(*request);
        }
    }

    // Sends what there is to send. A connection of which nothing more will come is closed when
    // the last of its requests has ended.
    Task<> write(Connection& connection) {
        const bool open = co_await runtime_.write(connection);
        if (connection.unanswered() > 0 || connection.loop.list == &closing_) {
            co_return;
        }
        if (!open) {
            move(connection, closing_);
        } else if (!connection.sending()) {
            connection.loop.idle_since = runtime_.now();
            move(connection, idle_);
        }
    }

    // Connections have been idle for longest at the front of their list.
    [[nodiscard]] TimePoint next_timer() const {
        return idle_.empty() ? TimePoint::max() : idle_.front()->loop.idle_since + keep_alive_;
    }

    [[nodiscard]] Nanoseconds until_next_timer() const {
        return idle_.empty() ? Nanoseconds::max()
                             : std::max(next_timer() - runtime_.now(), Nanoseconds(0));
    }

    void run_timers() {
        if (idle_.empty()) {
            return;
        }
        const TimePoint now = runtime_.now();
        while (next_timer() <= now) {
            move(*idle_.front(), closing_);
        }
    }

    void move(Connection& connection, std::list<Connection*>& list) {
        list.splice(list.end(), *connection.loop.list, connection.loop.place);
        connection.loop.list = &list;
    }

    // Only now, so that no event of this turn meets a connection that is gone.
    void close_connections() {
        for (Connection* connection : closing_) {
            runtime_.close(*connection);
        }
        closing_.clear();
    }

    Runtime& runtime_;
    Nanoseconds keep_alive_;
    WorkPool<Runtime, Request*> pool_;
    std::list<Connection*> busy_;
    std::list<Connection*> idle_;
    std::list<Connection*> closing_;
};

}  // namespace contend
