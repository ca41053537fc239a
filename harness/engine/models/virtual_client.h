// The clients of a simulation: they intend requests, send each over a free connection and
// record its fate.
//
// Arrivals never wait for a free connection to be intended: they queue, and go out in order.
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "arrivals/arrival_process.h"
#include "models/event_queue.h"
#include "models/simulation.h"

namespace contend {

class VirtualClient {
   public:
    /// `send(connection, request)` delivers a request's bytes to the server.
    using Send = std::function<void(std::size_t connection, std::size_t request)>;

    VirtualClient(EventQueue& events, const Simulation& simulation, Send send);

    /// All connections stand, and the first requests are intended.
    void start();

    /// The response on `connection` has come.
    void receive(std::size_t connection);

    /// All requests have been intended and answered.
    [[nodiscard]] bool done() const noexcept { return completed_ == most_; }

    [[nodiscard]] SimulatedRequest& request(std::size_t index) { return requests_[index]; }
    [[nodiscard]] std::vector<SimulatedRequest> take_requests() { return std::move(requests_); }

   private:
    void arrive();
    void intend(std::optional<Nanoseconds> next);
    void send_waiting();

    EventQueue& events_;
    Send send_;
    std::unique_ptr<ArrivalProcess> arrivals_;
    Alarm arrival_{[](void* self) { static_cast<VirtualClient*>(self)->arrive(); }, this};
    std::vector<SimulatedRequest> requests_;
    std::size_t most_;
    std::size_t sent_ = 0;  // requests go out in the order in which they are intended
    std::size_t completed_ = 0;
    std::vector<std::size_t> idle_;       // connections; the one used last goes first
    std::vector<std::size_t> in_flight_;  // by connection
    // The next arrival of an open loop, or those of a closed loop's users that think.
    std::priority_queue<Nanoseconds, std::vector<Nanoseconds>, std::greater<>> intentions_;
};

}  // namespace contend
