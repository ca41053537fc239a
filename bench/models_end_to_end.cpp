// The models against each other, end to end: the real driver on the first core serves over
// loopback what the load generator, on the last one, asks for.
//
//   light       requests of 50 us of CPU, open loop: what a model costs when little is asked of it
//   capacity    the same, closed loop with 64 connections
//   handler_h   99% of 2 ms of CPU, 1% of 100 ms, then 10 ms of waiting (models.md, section 5):
//               the light ones, whom an event loop lets wait behind the heavy ones
//   convoy      one connection beside threads that compute, and what the virtual driver foretells
//
// A benchmark is one trial, its time the mean latency; p50 and p99 are of the latency too.
// own_lateness_p99_ns is how late the generator itself was: when it comes near a latency, that
// latency says little.
#include <benchmark/benchmark.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cores.h"
#include "load/generator.h"
#include "models/simulation.h"
#include "servers/server.h"

namespace {

using contend::GivenParameters;
using contend::TrialResult;
using contend::TrialSpec;
using contend::WeightedHandler;
using namespace std::chrono_literals;

void serve(std::string_view name, const contend::ServerOptions& options) {
    for (const auto& kind : contend::server_kinds()) {
        if (kind.name == name) {
            kind.serve(options);
            return;
        }
    }
    throw std::invalid_argument("no server " + std::string(name));
}

/// A server in this process, on the first core with all threads that it starts.
class Server {
   public:
    Server(std::string name, std::vector<WeightedHandler> handlers, GivenParameters parameters)
        : stop_(::eventfd(0, EFD_CLOEXEC)) {
        contend::ServerOptions options;
        options.handlers = std::move(handlers);
        options.parameters = std::move(parameters);
        options.on_listening = [this](std::uint16_t chosen) { listening_.set_value(chosen); };
        options.stop_descriptor = stop_;
        thread_ = std::thread([kind = std::move(name), given = std::move(options)] {
            contend::pin_to(0);
            serve(kind, given);
        });
        port_ = listening_.get_future().get();
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        ::eventfd_write(stop_, 1);
        thread_.join();
        ::close(stop_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

   private:
    int stop_;
    std::promise<std::uint16_t> listening_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

TrialSpec trial_of(const Server& server) {
    TrialSpec spec;
    spec.address = "127.0.0.1";
    spec.host = "127.0.0.1";
    spec.port = server.port();
    spec.cpus = {contend::last_core()};
    spec.classes.push_back({.name = "all"});
    spec.warmup = 300ms;
    spec.duration = 2s;
    return spec;
}

void count(benchmark::State& state, const TrialResult& result, const contend::Histogram& latency) {
    state.SetIterationTime(latency.mean_ns() / 1e9);
    contend::count_quantiles(state, latency);
    state.counters["requests_per_s"] = static_cast<double>(result.completed_ok) * 1e9 /
                                       static_cast<double>(result.duration.count());
    state.counters["own_lateness_p99_ns"] =
        static_cast<double>(result.own_lateness.value_at_quantile(0.99).count());
    if (result.requests[contend::Outcome::kOk] != result.requests.scheduled) {
        state.SkipWithError("not every request was answered");
    }
}

const std::vector<WeightedHandler> kLight{{1, contend::parse_handler("cpu=50us")}};

void light(benchmark::State& state, const std::string& model) {
    if (!contend::has_two_cores(state)) {
        return;
    }
    for (auto _ : state) {
        const Server server(model, kLight, {});
        TrialSpec spec = trial_of(server);
        spec.arrivals = "poisson";
        spec.rate_per_s = static_cast<double>(state.range(0));
        const TrialResult result = contend::run_trial(spec);
        count(state, result, result.latency);
    }
}

void capacity(benchmark::State& state, const std::string& model) {
    if (!contend::has_two_cores(state)) {
        return;
    }
    for (auto _ : state) {
        const Server server(model, kLight, {});
        const TrialResult result = contend::run_trial(trial_of(server));
        count(state, result, result.latency);
    }
}

// Half of what one loop can do: 167.8 requests/s.
void handler_h(benchmark::State& state, const std::string& model) {
    if (!contend::has_two_cores(state)) {
        return;
    }
    for (auto _ : state) {
        const Server server(model,
                            {{99, contend::parse_handler("cpu=2ms,io=10ms")},
                             {1, contend::parse_handler("cpu=100ms,io=10ms")}},
                            {});
        TrialSpec spec = trial_of(server);
        spec.classes = {{.name = "light", .weight = 99, .path = "/class/0"},
                        {.name = "heavy", .weight = 1, .path = "/class/1"}};
        spec.arrivals = "poisson";
        spec.rate_per_s = 167.8;
        spec.connections = 128;
        spec.duration = 10s;
        const TrialResult result = contend::run_trial(spec);
        count(state, result, result.classes.front().latency);
    }
}

const std::vector<WeightedHandler> kEcho{{1, contend::parse_handler("cpu=20us")}};

double foretold_per_s(const std::string& spinners) {
    contend::Simulation simulation;
    simulation.parameters = {{"spinners", spinners}};
    simulation.handlers = kEcho;
    simulation.arrivals = "closed";
    simulation.connections = 1;
    simulation.requests = 1000;
    const auto result = contend::simulate("gil-threads", simulation);
    return static_cast<double>(simulation.requests) * 1e9 / static_cast<double>(result.end.count());
}

void convoy(benchmark::State& state) {
    if (!contend::has_two_cores(state)) {
        return;
    }
    const std::string spinners = std::to_string(state.range(0));
    for (auto _ : state) {
        const Server server("gil-threads", kEcho, {{"spinners", spinners}});
        TrialSpec spec = trial_of(server);
        spec.connections = 1;
        const TrialResult result = contend::run_trial(spec);
        count(state, result, result.latency);
    }
    state.counters["foretold_per_s"] = foretold_per_s(spinners);
}

constexpr const char* kEventLoop = "event-loop";
constexpr const char* kGilThreads = "gil-threads";

BENCHMARK_CAPTURE(light, event_loop, kEventLoop)
    ->ArgName("per_s")
    ->Arg(500)
    ->Arg(4000)
    ->Iterations(1)
    ->UseManualTime();
BENCHMARK_CAPTURE(light, gil_threads, kGilThreads)
    ->ArgName("per_s")
    ->Arg(500)
    ->Arg(4000)
    ->Iterations(1)
    ->UseManualTime();
BENCHMARK_CAPTURE(capacity, event_loop, kEventLoop)->Iterations(1)->UseManualTime();
BENCHMARK_CAPTURE(capacity, gil_threads, kGilThreads)->Iterations(1)->UseManualTime();
BENCHMARK_CAPTURE(handler_h, event_loop, kEventLoop)->Iterations(1)->UseManualTime();
BENCHMARK_CAPTURE(handler_h, gil_threads, kGilThreads)->Iterations(1)->UseManualTime();
BENCHMARK(convoy)->ArgName("spinners")->Arg(1)->Arg(2)->Arg(4)->Iterations(1)->UseManualTime();

}  // namespace

BENCHMARK_MAIN();
