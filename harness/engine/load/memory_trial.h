// A trial against a scripted server in memory, from its opening to its result. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "exchange/registry.h"
#include "load/worker.h"
#include "net/memory_network.h"

namespace contend {

/// What a worker that has run makes of its trial.
inline TrialResult result_of(const TrialSpec& spec,
                             const Worker<VirtualClock, MemoryNetwork>& worker) {
    TrialResult result;
    result.duration = worker.measured_for();
    Recorder::lay_out(spec, result.duration, result);
    worker.recorder().add_to(result);
    EXPECT_TRUE(result.requests.conserved());
    return result;
}

inline TrialResult memory_trial(const TrialSpec& spec, MemoryNetwork::Script script) {
    VirtualClock clock;
    MemoryNetwork network(clock, std::move(script));
    Worker<VirtualClock, MemoryNetwork> worker(spec, 0, clock, network, prepare_sessions(spec));
    worker.open();
    worker.run(clock.now() + std::chrono::milliseconds(10));
    return result_of(spec, worker);
}

}  // namespace contend
