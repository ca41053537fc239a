// Worker under the injected clock against queues whose quantiles have a closed form: ten
// million requests each, p50 and p99 as reported over those of the truth. It fails when one is off
// by more than 3%.
//
//     scripts/bench queues
#include <benchmark/benchmark.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/distribution.h"
#include "core/random.h"
#include "core/virtual_queue.h"
#include "exchange/registry.h"
#include "load/worker.h"
#include "net/memory_network.h"

namespace contend {
namespace {

// In trials of minutes: a worker keeps a histogram of every second.
constexpr std::uint64_t kRequests = 200'000;
constexpr std::uint64_t kTrials = 50;
constexpr double kBound = 0.03;
constexpr std::string_view kReply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// Service takes 1 ms on average, and so do the quantiles count milliseconds. They are those of
// harness/contend/stats/queues.py, which names its sources.
struct Queue {
    const char* service;
    std::size_t servers;
    double load;
    double p50;
    double p99;
};

constexpr Queue kMm1Half{"exp(1ms)", 1, 0.5, 1.386294, 9.210340};
constexpr Queue kMm1Busy{"exp(1ms)", 1, 0.8, 3.465736, 23.025851};
constexpr Queue kMd1Half{"1ms", 1, 0.5, 1.000000, 4.336256};
constexpr Queue kMd1Busy{"1ms", 1, 0.8, 2.275940, 11.355887};
constexpr Queue kMm2Half{"exp(1ms)", 2, 0.5, 0.974412, 5.665961};
constexpr Queue kMm2Busy{"exp(1ms)", 2, 0.8, 2.040031, 11.937370};

TimePoint intended_of(std::string_view request) {
    constexpr std::size_t kHead = std::string_view("GET /at/").size();
    std::int64_t time = 0;
    std::from_chars(request.data() + kHead, request.data() + request.size(), time);
    return TimePoint(Nanoseconds(time));
}

// The latencies of one trial, all of them right.
Histogram run_trial(const Queue& queue, std::uint64_t seed) {
    TrialSpec spec;
    spec.host = "queue";
    spec.classes.push_back({.name = "all", .path = "/at/", .carries_intended = true});
    spec.arrivals = "poisson";
    spec.rate_per_s = 1000.0 * queue.load * static_cast<double>(queue.servers);
    spec.connections = 1024;
    spec.warmup = std::chrono::seconds(1);
    spec.max_requests = kRequests;
    spec.seed = seed;

    VirtualClock clock;
    VirtualQueue truth({.servers = queue.servers});
    const Distribution service = Distribution::parse(queue.service);
    Random random(~seed);
    MemoryNetwork::Script script;
    script.on_bytes = [&](const MemoryNetwork::Peer& peer, std::string_view request) {
        const TimePoint done = *truth.serve(intended_of(request), service.sample(random));
        peer.reply(std::max(done - clock.now(), Nanoseconds(0)), std::string(kReply));
    };
    MemoryNetwork network(clock, script);
    Worker worker(spec, 0, clock, network, prepare_sessions(spec));
    worker.open();
    worker.run(clock.now());
    TrialResult result;
    Recorder::lay_out(spec, worker.measured_for(), result);
    worker.recorder().add_to(result);
    if (result.requests[Outcome::kOk] != kRequests) {
        throw std::runtime_error("not all requests were right");
    }
    return result.latency;
}

void measure(benchmark::State& state, const Queue& queue) {
    Histogram latency;
    for ([[maybe_unused]] auto iteration : state) {
        for (std::uint64_t trial = 1; trial <= kTrials; ++trial) {
            latency.add(run_trial(queue, trial));
        }
    }
    const auto over_truth = [&](double quantile, double truth_ms) {
        return static_cast<double>(latency.value_at_quantile(quantile).count()) / 1e6 / truth_ms;
    };
    const double p50 = over_truth(0.5, queue.p50);
    const double p99 = over_truth(0.99, queue.p99);
    state.counters["requests"] = static_cast<double>(latency.count());
    state.counters["p50_over_truth"] = p50;
    state.counters["p99_over_truth"] = p99;
    if (std::max(std::abs(p50 - 1), std::abs(p99 - 1)) > kBound) {
        state.SkipWithError("a quantile is off by more than 3%");
    }
}

BENCHMARK_CAPTURE(measure, mm1_half, kMm1Half)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(measure, mm1_busy, kMm1Busy)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(measure, md1_half, kMd1Half)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(measure, md1_busy, kMd1Busy)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(measure, mm2_half, kMm2Half)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(measure, mm2_busy, kMm2Busy)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace contend

BENCHMARK_MAIN();
