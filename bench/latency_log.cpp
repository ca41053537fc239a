// What it costs to keep the order of latencies: one record a request beside those into histograms,
// with a new entry, and its fresh pages, as often as the rate has it.
#include "load/latency_log.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <vector>

#include "core/histogram.h"
#include "core/random.h"

namespace {

using contend::Histogram;
using contend::LatencyLog;
using contend::Nanoseconds;
using contend::TimePoint;

constexpr std::size_t kValues = 4096;

// Latencies as a server has them: lognormal around 200 µs.
std::vector<Nanoseconds> latencies() {
    contend::Random random(1);
    std::vector<Nanoseconds> values;
    for (std::size_t i = 0; i < kValues; ++i) {
        values.emplace_back(static_cast<std::int64_t>(2e5 * std::exp(0.8 * random.normal())));
    }
    return values;
}

void histogram(benchmark::State& state) {
    const auto values = latencies();
    Histogram histogram;
    std::size_t i = 0;
    for (auto _ : state) {
        histogram.record(values[i++ % kValues]);
    }
    benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(histogram);

// Ten seconds of a trial over and over, at so many requests per second.
void log_at_rate(benchmark::State& state) {
    const auto values = latencies();
    const Nanoseconds gap(1'000'000'000 / state.range(0));
    const TimePoint end = TimePoint{} + std::chrono::seconds(10);
    auto log = std::make_unique<LatencyLog>();
    log->begin(TimePoint{});
    TimePoint at{};
    std::size_t i = 0;
    for (auto _ : state) {
        log->record(values[i++ % kValues], at);
        at += gap;
        if (at >= end) {
            state.PauseTiming();
            log = std::make_unique<LatencyLog>();
            log->begin(TimePoint{});
            at = TimePoint{};
            state.ResumeTiming();
        }
    }
}
BENCHMARK(log_at_rate)->Arg(1000)->Arg(50'000)->Arg(200'000);

void finished(benchmark::State& state) {
    const auto values = latencies();
    LatencyLog log;
    log.begin(TimePoint{});
    for (std::size_t i = 0; i < 500'000; ++i) {
        log.record(values[i % kValues],
                   TimePoint{} + std::chrono::microseconds(20) * static_cast<std::int64_t>(i));
    }
    const LatencyLog* const logs[] = {&log};
    for (auto _ : state) {
        benchmark::DoNotOptimize(LatencyLog::finished(logs).size);
    }
}
BENCHMARK(finished)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
