// What it costs to ask an arrival process for the next intended time.
#include <benchmark/benchmark.h>

#include <string>

#include "arrivals/arrival_process.h"

namespace {

void next(benchmark::State& state, const std::string& kind) {
    const auto process = contend::make_arrival_process(kind, {.rate_per_s = 60'000});
    for (auto _ : state) {
        benchmark::DoNotOptimize(process->next());
    }
}
BENCHMARK_CAPTURE(next, constant, "constant");
BENCHMARK_CAPTURE(next, poisson, "poisson");

void after_completion(benchmark::State& state) {
    const auto process = contend::make_arrival_process("closed", {});
    contend::Nanoseconds time{0};
    for (auto _ : state) {
        time = *process->after_completion(time);
        benchmark::DoNotOptimize(time);
    }
}
BENCHMARK(after_completion);

}  // namespace

BENCHMARK_MAIN();
