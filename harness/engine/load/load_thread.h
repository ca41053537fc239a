// One load thread: a worker with what it runs on.
//
// Its generator's, but for what worker and network allow others.
#pragma once

#include <thread>

#include "core/clock.h"
#include "load/shares.h"
#include "load/worker.h"

namespace contend {

/// The network outlives the worker's streams and timers.
template <class Network>
struct LoadThread {
    /// `make_network` gives the network of the trial's connections from that number on.
    template <class MakeNetwork>
    LoadThread(const TrialSpec& spec, std::size_t index, const SessionMaker& make_session,
               MakeNetwork make_network)
        : network(make_network(shares_before(spec.connections, index, spec.threads))),
          worker(spec, index, clock, network, make_session) {}

    /// Has the worker do it on its own thread.
    void tell(void (Worker<SteadyClock, Network>::*what)()) {
        network.post([this, what] { (worker.*what)(); });
    }

    SteadyClock clock;
    Network network;
    Worker<SteadyClock, Network> worker;
    std::thread thread;
};

/// Makes the calling thread load thread `index`: on its core, with timers that fire when they are
/// set for, deaf to signals. Throws std::system_error where there is no such core.
void become_load_thread(const TrialSpec& spec, std::size_t index);

}  // namespace contend
