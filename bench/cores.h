// The cores that a bench's threads run on, and what is counted of what they measure.
//
// Stateless. scripts/bench starts a bench on the last core; a thread that needs another one
// pins itself.
#pragma once

#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <system_error>

#include "core/histogram.h"

namespace contend {

/// Of the machine, not of the calling thread's own set.
inline int last_core() { return static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)) - 1; }

/// The calling thread runs on `core` alone from now on.
inline void pin_to(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(core), &set);
    if (const int error = ::pthread_setaffinity_np(::pthread_self(), sizeof(set), &set)) {
        throw std::system_error(error, std::generic_category(), "pinning a bench's thread");
    }
}

/// False, having said so in the result, when there is only one core.
inline bool has_two_cores(benchmark::State& state) {
    if (last_core() == 0) {
        state.SkipWithError("needs two cores");
        return false;
    }
    return true;
}

inline void count_quantiles(benchmark::State& state, const Histogram& histogram) {
    state.counters["p50_ns"] = static_cast<double>(histogram.value_at_quantile(0.5).count());
    state.counters["p99_ns"] = static_cast<double>(histogram.value_at_quantile(0.99).count());
}

}  // namespace contend
