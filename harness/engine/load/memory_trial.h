// A trial against a scripted server in memory, from its opening to its result. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "load/worker.h"
#include "net/memory_network.h"

namespace contend {

/// What a worker that has run makes of its trial.
inline TrialResult result_of(const TrialSpec& spec,
                             const LoadWorker<VirtualClock, MemoryTransport>& worker) {
    TrialResult result;
    result.duration = worker.measured_for();
    Recorder::lay_out(spec, result.duration, result);
    worker.recorder().add_to(result);
    EXPECT_TRUE(result.requests.conserved());
    return result;
}

inline TrialResult memory_trial(const TrialSpec& spec, MemoryTransport::Script script) {
    VirtualClock clock;
    MemoryTransport transport(clock, std::move(script));
    LoadWorker<VirtualClock, MemoryTransport> worker(spec, 0, clock, transport,
                                                     prepare_protocol(spec));
    worker.open();
    worker.run(clock.now() + std::chrono::milliseconds(10));
    return result_of(spec, worker);
}

}  // namespace contend
