// What a model's rules run on in virtual time: the names of runtime.h over a simulated
// machine, with sockets whose other ends are the simulation's clients.
//
// One simulation's life; one thread of the host.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "core/random.h"
#include "models/event_queue.h"
#include "models/runtime.h"
#include "models/simulation.h"
#include "models/virtual_client.h"
#include "models/virtual_lock.h"
#include "models/virtual_machine.h"

namespace contend {

class VirtualRuntime {
   public:
    struct Connection;
    class Request;
    using Event = PollEvent<Connection, Request>;

    class Request {
       public:
        Request(VirtualRuntime& runtime, Connection& connection)
            : runtime_(runtime), connection_(connection) {}
        std::optional<TimedStep> next_step() { return run_.next_step(); }
        [[nodiscard]] Connection& connection() const noexcept { return connection_; }

        // The runtime's.
        void begin(HandlerRun run) { run_ = std::move(run); }
        [[nodiscard]] Alarm& io() noexcept { return io_; }

       private:
        void end_io() { runtime_.list_as_ready({.kind = Event::Kind::kIo, .request = this}); }

        VirtualRuntime& runtime_;
        Connection& connection_;
        HandlerRun run_;
        Alarm io_{[](void* self) { static_cast<Request*>(self)->end_io(); }, this};
    };

    /// The server's side. Clients don't pipeline: one request at a time.
    struct Connection {
        Connection(VirtualRuntime& its_runtime, std::size_t its_index)
            : runtime(its_runtime), index(its_index), request(its_runtime, *this) {}

        Request* next_request() {
            return std::exchange(is_read, false) ? runtime.begin(*this) : nullptr;
        }
        [[nodiscard]] bool sending() const noexcept { return is_answered; }
        [[nodiscard]] std::size_t unanswered() const noexcept { return is_unanswered ? 1 : 0; }
        void answer(Request&) noexcept {
            is_unanswered = false;
            is_answered = true;
        }

        LoopState<Connection> loop;

        // The runtime's.
        VirtualRuntime& runtime;
        std::size_t index;
        Request request;
        std::size_t client_request = 0;
        enum class State : std::uint8_t { kClosed, kToAccept, kAccepted } state = State::kClosed;
        // Where the request is: in the kernel, read, with its handler, or answered.
        bool has_arrived = false;
        bool is_read = false;
        bool is_unanswered = false;
        bool is_answered = false;
        bool is_listed = false;           // as ready, for poll()
        VirtualThread* reader = nullptr;  // blocked in receive()
    };

    struct Mutex : VirtualMutex {
        explicit Mutex(VirtualRuntime& runtime) : VirtualMutex(runtime.machine_) {}
    };
    struct Condition : VirtualCondition {
        explicit Condition(VirtualRuntime& runtime) : VirtualCondition(runtime.machine_) {}
    };
    struct Flag : VirtualFlag {
        explicit Flag(VirtualRuntime& runtime) : VirtualFlag(runtime.machine_) {}
    };

    /// `simulation` outlives it.
    explicit VirtualRuntime(const Simulation& simulation);

    /// Runs the simulation, in which `server` is the model's first thread.
    SimulationResult run(Task<> server);

    [[nodiscard]] TimePoint now() const noexcept { return events_.now(); }
    [[nodiscard]] static bool stopping() noexcept { return false; }
    Task<> sleep(Nanoseconds duration) { co_await machine_.park(duration); }
    auto cpu(Nanoseconds duration, Flag& flag) { return machine_.compute(duration, &flag); }
    auto cpu(Nanoseconds duration) { return machine_.compute(duration); }
    bool spawn(Task<> body) {
        machine_.spawn(std::move(body));
        return true;
    }

    Task<Connection*> accept();
    Task<bool> receive(Connection& connection);
    Task<bool> send(Connection& connection);

    Task<std::span<const Event>> poll(Nanoseconds timeout);
    void start_io(Request& request, Nanoseconds duration) {
        events_.set(request.io(), now() + duration);
    }
    void wake() { list_as_ready({.kind = Event::Kind::kWake}); }
    Ready<Connection*> try_accept();
    Task<ReadOutcome> read(Connection& connection);
    Task<bool> write(Connection& connection) { return send(connection); }
    void stop_reading(Connection&) noexcept {}
    void close(Connection& connection);

    // Of its connections and requests: one begins; an event is ready.
    Request* begin(Connection& connection);
    void list_as_ready(const Event& event);

   private:
    void open(Connection& connection);
    void deliver(std::size_t index, std::size_t request);
    bool* listed_mark(const Event& event) noexcept;
    void list_again();

    const Simulation& simulation_;
    Mix mix_;
    Random random_;
    EventQueue events_;
    VirtualMachine machine_;
    VirtualClient client_;
    std::deque<Connection> connections_;
    std::deque<Connection*> to_accept_;
    std::uint64_t closed_ = 0;           // connections
    VirtualThread* acceptor_ = nullptr;  // blocked in accept()

    // poll(): a list of what is ready, as epoll has it; level-triggered.
    std::deque<Event> ready_;
    std::vector<Event> reported_;
    bool listener_listed_ = false;
    bool wake_listed_ = false;
    VirtualThread* poller_ = nullptr;  // blocked in poll()
};

static_assert(Runtime<VirtualRuntime>);

}  // namespace contend
