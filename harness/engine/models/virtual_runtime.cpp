#include "models/virtual_runtime.h"

#include <algorithm>
#include <stdexcept>

namespace contend {

VirtualRuntime::VirtualRuntime(const Simulation& simulation)
    : simulation_(simulation),
      mix_(simulation.handlers),
      random_(server_random(simulation.server_seed)),
      machine_(events_, simulation.cores, simulation.costs.wake_up),
      client_(events_, simulation, [this](std::size_t connection, std::size_t request) {
          deliver(connection, request);
      }) {
    if (simulation.cores == 0) {
        throw std::invalid_argument("a simulation needs a core");
    }
    for (std::size_t i = 0; i < simulation.connections; ++i) {
        open(connections_.emplace_back(*this, i));
    }
}

SimulationResult VirtualRuntime::run(Task<> server) {
    machine_.spawn(std::move(server));
    client_.start();
    while (!client_.done() && !events_.empty() &&
           events_.next_time().time_since_epoch() <= simulation_.end) {
        events_.run_next();
    }
    machine_.abandon();
    return {client_.take_requests(), now().time_since_epoch(), machine_.cpu_used(), closed_};
}

void VirtualRuntime::open(Connection& connection) {
    connection.state = Connection::State::kToAccept;
    to_accept_.push_back(&connection);
    list_as_ready({.kind = Event::Kind::kListener});
    if (acceptor_ != nullptr) {
        machine_.unpark(*std::exchange(acceptor_, nullptr));
    }
}

// A connection that the server has closed while it was idle is opened again, and the request
// that met the closing is sent once more.
void VirtualRuntime::close(Connection& connection) {
    connection.state = Connection::State::kClosed;
    ++closed_;
    if (connection.has_arrived) {
        open(connection);
    }
}

void VirtualRuntime::deliver(std::size_t index, std::size_t request) {
    Connection& connection = connections_[index];
    connection.client_request = request;
    connection.has_arrived = true;
    if (connection.state == Connection::State::kClosed) {
        open(connection);
    } else if (connection.reader != nullptr) {
        machine_.unpark(*std::exchange(connection.reader, nullptr));
    } else if (connection.state == Connection::State::kAccepted) {
        list_as_ready({.kind = Event::Kind::kConnection, .connection = &connection});
    }
}

VirtualRuntime::Request* VirtualRuntime::begin(Connection& connection) {
    SimulatedRequest& record = client_.request(connection.client_request);
    record.start = now().time_since_epoch();
    record.class_index = mix_.draw_class(random_);
    connection.is_unanswered = true;
    connection.request.begin(HandlerRun(mix_.handler(record.class_index), random_));
    return &connection.request;
}

Task<VirtualRuntime::Connection*> VirtualRuntime::accept() {
    while (to_accept_.empty()) {
        acceptor_ = &machine_.current();
        co_await machine_.park();
    }
    co_return try_accept().value;
}

Task<bool> VirtualRuntime::receive(Connection& connection) {
    while (!connection.has_arrived) {
        connection.reader = &machine_.current();
        co_await machine_.park();
    }
    co_await read(connection);
    co_return true;
}

Task<bool> VirtualRuntime::send(Connection& connection) {
    if (std::exchange(connection.is_answered, false)) {
        co_await machine_.compute(simulation_.costs.system_call);
        client_.receive(connection.index);
    }
    co_return true;
}

Task<ReadOutcome> VirtualRuntime::read(Connection& connection) {
    co_await machine_.compute(simulation_.costs.system_call);
    connection.is_read = std::exchange(connection.has_arrived, false);
    co_return ReadOutcome{};
}

Ready<VirtualRuntime::Connection*> VirtualRuntime::try_accept() {
    if (to_accept_.empty()) {
        return {nullptr};
    }
    Connection& connection = *to_accept_.front();
    to_accept_.pop_front();
    connection.state = Connection::State::kAccepted;
    if (connection.has_arrived) {
        list_as_ready({.kind = Event::Kind::kConnection, .connection = &connection});
    }
    return {&connection};
}

Task<std::span<const VirtualRuntime::Event>> VirtualRuntime::poll(Nanoseconds timeout) {
    list_again();
    if (ready_.empty() && timeout > Nanoseconds(0)) {
        poller_ = &machine_.current();
        co_await machine_.park(timeout);
        poller_ = nullptr;
    }
    while (!ready_.empty() && reported_.size() < kMostEvents) {
        const Event& event = reported_.emplace_back(ready_.front());
        ready_.pop_front();
        if (bool* listed = listed_mark(event)) {
            *listed = false;
        }
    }
    co_return reported_;
}

// What was reported and is still ready goes to the end of the list: the listener, of which
// the rules accept one connection at a time.
void VirtualRuntime::list_again() {
    for (const Event& event : std::exchange(reported_, {})) {
        if (event.kind == Event::Kind::kListener && !to_accept_.empty()) {
            list_as_ready(event);
        }
    }
}

void VirtualRuntime::list_as_ready(const Event& event) {
    bool* listed = listed_mark(event);
    if (listed != nullptr && std::exchange(*listed, true)) {
        return;
    }
    ready_.push_back(event);
    if (poller_ != nullptr) {
        machine_.unpark(*std::exchange(poller_, nullptr));
    }
}

// Whether such an event stands in the list already; each end of a wait is one of its own.
bool* VirtualRuntime::listed_mark(const Event& event) noexcept {
    switch (event.kind) {
        case Event::Kind::kListener:
            return &listener_listed_;
        case Event::Kind::kConnection:
            return &event.connection->is_listed;
        case Event::Kind::kWake:
            return &wake_listed_;
        case Event::Kind::kIo:
            break;
    }
    return nullptr;
}

}  // namespace contend
