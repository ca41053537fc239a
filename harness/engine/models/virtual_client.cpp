#include "models/virtual_client.h"

#include <stdexcept>

namespace contend {

VirtualClient::VirtualClient(EventQueue& events, const Simulation& simulation, Send send)
    : events_(events),
      send_(std::move(send)),
      arrivals_(make_arrival_process(simulation.arrivals, {.rate_per_s = simulation.rate_per_s,
                                                           .think = simulation.think,
                                                           .seed = simulation.seed})),
      most_(simulation.requests),
      in_flight_(simulation.connections) {
    if (most_ == 0 || in_flight_.empty()) {
        throw std::invalid_argument("a simulation needs requests and connections");
    }
    requests_.reserve(most_);
}

void VirtualClient::start() {
    for (std::size_t connection = 0; connection < in_flight_.size(); ++connection) {
        idle_.push_back(connection);
    }
    if (const auto first = arrivals_->next()) {
        intend(first);
        return;
    }
    for (std::size_t user = 0; user < in_flight_.size(); ++user) {
        intend(Nanoseconds(0));
    }
}

void VirtualClient::arrive() {
    requests_.push_back({.intended = intentions_.top()});
    intentions_.pop();
    intend(arrivals_->next());
    send_waiting();
}

// Keeps the alarm at the earliest intention.
void VirtualClient::intend(std::optional<Nanoseconds> next) {
    if (next) {
        intentions_.push(*next);
    }
    if (!intentions_.empty() && requests_.size() < most_) {
        events_.set(arrival_, TimePoint(intentions_.top()));
    }
}

void VirtualClient::send_waiting() {
    while (sent_ < requests_.size() && !idle_.empty()) {
        const std::size_t connection = idle_.back();
        idle_.pop_back();
        in_flight_[connection] = sent_;
        send_(connection, sent_++);
    }
}

void VirtualClient::receive(std::size_t connection) {
    const Nanoseconds now = events_.now().time_since_epoch();
    requests_[in_flight_[connection]].completion = now;
    ++completed_;
    idle_.push_back(connection);
    intend(arrivals_->after_completion(now));
    send_waiting();
}

}  // namespace contend
