// What the rules of a model run on. The rules are written once, as coroutines, against the
// names below; each driver gives those names a meaning.
//
//   virtual  VirtualRuntime (virtual_runtime.h): discrete events on simulated cores, seeded
//   real     SocketRuntime (servers/socket_runtime.h): threads, sockets and CPU that is burned
//
// Every awaitable is awaited by the thread that calls. What a rule does between two awaits
// takes no time in the virtual driver, and is what really costs time in the real one.
#pragma once

#include <concepts>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <type_traits>

#include "core/clock.h"
#include "models/handler.h"
#include "models/task.h"

namespace contend {

/// What poll() found ready: a callback of an event loop is due.
template <class Connection, class Request>
struct PollEvent {
    enum class Kind : std::uint8_t {
        kListener,    // a connection can be accepted
        kConnection,  // bytes or the end have come, or bytes can be sent again
        kIo,          // what the request waited for has come
        kWake,        // wake() was called
    };
    Kind kind;
    Connection* connection = nullptr;  // of kConnection
    Request* request = nullptr;        // of kIo
};

/// What the rules of an event loop keep of a connection; the drivers only hold it.
template <class Connection>
struct LoopState {
    std::list<Connection*>* list = nullptr;  // those that are in the same state as it
    typename std::list<Connection*>::iterator place;
    TimePoint idle_since{};
};

/// What one non-blocking read found.
struct ReadOutcome {
    bool filled = false;  // the whole buffer: there may be more
    bool ended = false;   // the peer sends nothing more, or the connection is broken
};

/// The most events that one poll() returns, as libuv's loop has it.
inline constexpr std::size_t kMostEvents = 1024;

/// Awaiting `Awaitable` gives a T.
template <class Awaitable, class T>
concept Gives = requires(Awaitable awaitable) {
    { awaitable.await_resume() } -> std::convertible_to<T>;
} || (std::is_void_v<T> && requires(Awaitable awaitable) { awaitable.await_resume(); });

template <class R>
concept Runtime =
    requires(R runtime, typename R::Connection& connection, typename R::Request& request,
             typename R::Mutex& mutex, typename R::Condition& condition, typename R::Flag& flag,
             Nanoseconds duration, Task<> task) {
        // Time and threads.
        { runtime.now() } -> std::same_as<TimePoint>;
        { runtime.stopping() } -> std::same_as<bool>;
        { runtime.sleep(duration) } -> Gives<void>;
        // Computes for `duration` of CPU time, or until the flag is raised; gives what is left.
        { runtime.cpu(duration, flag) } -> Gives<Nanoseconds>;
        { runtime.cpu(duration) } -> Gives<void>;
        // False when the machine has no more threads.
        { runtime.spawn(std::move(task)) } -> std::same_as<bool>;

        // Locks. wait_for() gives true when it timed out; both waits may wake for nothing.
        requires std::constructible_from<typename R::Mutex, R&>;
        requires std::constructible_from<typename R::Condition, R&>;
        requires std::constructible_from<typename R::Flag, R&>;
        { mutex.lock() } -> Gives<void>;
        mutex.unlock();
        { condition.wait(mutex) } -> Gives<void>;
        { condition.wait_for(mutex, duration) } -> Gives<bool>;
        condition.notify_one();
        condition.notify_all();
        flag.raise();
        flag.clear();
        { flag.raised() } -> std::same_as<bool>;

        // Blocking sockets. accept() gives no connection once the runtime stops; receive() and
        // send() give false when the connection is to be closed.
        { runtime.accept() } -> Gives<typename R::Connection*>;
        { runtime.receive(connection) } -> Gives<bool>;
        { runtime.send(connection) } -> Gives<bool>;

        // An event loop's sockets. poll() gives what is ready, in the order in which it became so;
        // the events stay valid until the next poll. Without any it returns after `duration`
        // (Nanoseconds::max(): never). write() sends what has been answered, and gives false when
        // nothing more will come of the connection: it is broken, or has ended. start_io() begins
        // a wait for something outside the server, whose end is an event.
        requires std::same_as<typename R::Event,
                              PollEvent<typename R::Connection, typename R::Request>>;
        { runtime.poll(duration) } -> Gives<std::span<const typename R::Event>>;
        runtime.wake();  // from any thread
        { runtime.try_accept() } -> Gives<typename R::Connection*>;
        { runtime.read(connection) } -> Gives<ReadOutcome>;
        { runtime.write(connection) } -> Gives<bool>;
        runtime.stop_reading(connection);
        runtime.start_io(request, duration);
        { connection.loop } -> std::same_as<LoopState<typename R::Connection>&>;

        // Requests of a connection, in the order in which they came; none when more has to be
        // received first. A request belongs to its connection until it is answered. Answers leave
        // in the order of their requests, so one may have to wait for another.
        { connection.next_request() } -> std::same_as<typename R::Request*>;
        {
            connection.sending()
        } -> std::same_as<bool>;  // answered, but not yet taken by the kernel
        { connection.unanswered() } -> std::same_as<std::size_t>;
        connection.answer(request);
        { request.next_step() } -> std::same_as<std::optional<TimedStep>>;
        { request.connection() } -> std::same_as<typename R::Connection&>;
        runtime.close(connection);  // destroys it
    };

}  // namespace contend
