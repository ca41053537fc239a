// The result of a trial from what its load threads saw.
#pragma once

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "core/trial_result.h"
#include "load/latency_log.h"
#include "load/recorder.h"

namespace contend {

/// Of a worker's measure phase.
inline double share_of_phase(Nanoseconds time, Nanoseconds phase) {
    return static_cast<double>(time.count()) / static_cast<double>(phase.count());
}

template <class Worker>
void add_thread(const Worker& worker, TrialResult& result) {
    worker.recorder().add_to(result);
    result.samples.insert(result.samples.end(), worker.samples().begin(), worker.samples().end());
    result.gaps.insert(result.gaps.end(), worker.gaps().begin(), worker.gaps().end());
    result.generator_cpu += worker.measure_cpu();
    result.poll_window = std::max(result.poll_window, worker.poll_window());
    result.connections_missing += worker.connections_missing();
    result.stalled = std::max(result.stalled, worker.stalled());
    result.longest_stall = std::max(result.longest_stall, worker.longest_stall());
    if (worker.measured_for() == Nanoseconds(0)) {
        return;
    }
    result.busiest_thread_share = std::max(
        result.busiest_thread_share, share_of_phase(worker.measure_cpu(), worker.measured_for()));
    if (const auto delay = worker.run_queue_delay()) {
        result.run_queue_share = std::max(result.run_queue_share.value_or(0.0),
                                          share_of_phase(*delay, worker.measured_for()));
    }
}

/// Completes `result`, in which is what was seen from outside. `threads` have ended. Throws
/// std::logic_error where the conservation law is broken.
template <class Threads>
void add_threads(const TrialSpec& spec, const Threads& threads, TrialResult& result) {
    std::vector<const LatencyLog*> logs;
    for (const auto& thread : threads) {
        result.duration = std::max(result.duration, thread->worker.measured_for());
        logs.push_back(&thread->worker.recorder().latency_log());
    }
    result.warmup = spec.warmup;
    Recorder::lay_out(spec, result.duration, result);
    for (const auto& thread : threads) {
        add_thread(thread->worker, result);
    }
    result.latency_series = LatencyLog::whole(logs, result.duration);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    result.generator_max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    if (!result.requests.conserved()) {
        throw std::logic_error(
            fmt::format("the conservation law is broken: {} scheduled, {} accounted for",
                        result.requests.scheduled, result.requests.accounted()));
    }
}

}  // namespace contend
