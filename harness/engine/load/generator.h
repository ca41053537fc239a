// Runs one trial: its load threads, its clock of phases, its samples of the server.
//
// Blocks the calling thread until the trial has drained. Prints nothing and judges nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "core/trial_result.h"
#include "core/trial_spec.h"

namespace contend {

struct Progress {
    std::string_view phase;  // connect, warmup, measure or drain
    Nanoseconds elapsed{0};  // of that phase
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t given_up = 0;      // of those that failed: timeout, shed, unfinished
    std::uint64_t wrong_status = 0;  // and those that were answered by another status
    std::shared_ptr<LatencySeries> latency_series{};  // at a look of the spec, else none
};

/// Called twice a second on the thread that runs the trial, also while it drains; false
/// ends the measure phase early. What it throws ends the trial at once and is thrown again.
using ProgressCallback = std::function<bool(const Progress&)>;

/// Throws std::invalid_argument for a spec that can't be run and std::system_error where the
/// machine refuses (cores, files, no such server process).
TrialResult run_trial(const TrialSpec& spec, const ProgressCallback& progress = {});

}  // namespace contend
