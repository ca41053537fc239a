// What it costs to record, merge and encode: a load worker records four values a request.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "core/histogram.h"
#include "core/random.h"

namespace {

using contend::Histogram;
using contend::Nanoseconds;

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

void record(benchmark::State& state) {
    const auto values = latencies();
    Histogram histogram;
    std::size_t i = 0;
    for (auto _ : state) {
        histogram.record(values[i++ % kValues]);
    }
    benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(record);

Histogram filled() {
    Histogram histogram;
    for (const auto value : latencies()) {
        histogram.record(value);
    }
    return histogram;
}

void add(benchmark::State& state) {
    const Histogram one = filled();
    Histogram sum;
    for (auto _ : state) {
        sum.add(one);
    }
    benchmark::DoNotOptimize(sum.count());
}
BENCHMARK(add);

void quantile(benchmark::State& state) {
    const Histogram histogram = filled();
    for (auto _ : state) {
        benchmark::DoNotOptimize(histogram.value_at_quantile(0.99));
    }
}
BENCHMARK(quantile);

void encode(benchmark::State& state) {
    const Histogram histogram = filled();
    for (auto _ : state) {
        benchmark::DoNotOptimize(histogram.encode());
    }
}
BENCHMARK(encode);

}  // namespace

BENCHMARK_MAIN();
