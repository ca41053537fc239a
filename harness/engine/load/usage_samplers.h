// What the server uses during a trial, and what stands beside it.
//
// Called by the thread that runs the trial.
#pragma once

#include <optional>

#include "core/trial_result.h"
#include "core/trial_spec.h"
#include "load/process_sampler.h"

namespace contend {

class UsageSamplers {
   public:
    /// Throws std::system_error where there is no such process.
    explicit UsageSamplers(const TrialSpec& spec) {
        if (spec.server_pid != 0) {
            server_.emplace(spec.server_pid);
        }
        if (spec.beside_pid != 0) {
            beside_.emplace(spec.beside_pid);
        }
    }

    /// What takes time, before the measure phase.
    void prepare() {
        each(&ProcessSampler::prepare);
        machine_ = CpuTimes::read();
    }
    void begin() { each(&ProcessSampler::begin); }
    void sample() { each(&ProcessSampler::sample); }
    void end(TrialResult& result) {
        if (server_) {
            result.server = server_->end();
        }
        if (beside_) {
            result.beside = beside_->end();
        }
        result.stolen_share = CpuTimes::read().stolen_share_since(machine_);
    }

   private:
    void each(void (ProcessSampler::*what)()) {
        for (auto* sampler : {&server_, &beside_}) {
            if (*sampler) {
                ((**sampler).*what)();
            }
        }
    }

    std::optional<ProcessSampler> server_;
    std::optional<ProcessSampler> beside_;
    CpuTimes machine_;
};

}  // namespace contend
