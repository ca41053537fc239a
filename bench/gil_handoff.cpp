// What the emulated GIL costs (models/gil.h on models/real_threads.h), and how well the virtual
// driver foretells the real one.
//
//   uncontended   drop and take by a thread that is alone
//   voluntary     from one thread's drop, as before a system call, to the other's having it
//   forced        from the end of the interval to having it, while another thread computes
//   io_thread     drop and take beside threads that compute: by both drivers, the same rules.
//                 The thread pauses after each drop, as one does that has to wait for its peer.
#include <benchmark/benchmark.h>

#include <semaphore>
#include <thread>

#include "core/clock.h"
#include "cores.h"
#include "models/gil.h"
#include "models/real_threads.h"
#include "models/virtual_runtime.h"

namespace {

using contend::Nanoseconds;
using contend::RealThreads;
using contend::SteadyClock;
using contend::Task;
using contend::TimePoint;
using contend::VirtualRuntime;
using RealGil = contend::Gil<RealThreads>;
using namespace std::chrono_literals;

void uncontended(benchmark::State& state) {
    RealThreads threads;
    RealGil gil(threads, 5ms);
    RealGil::Thread self(threads);
    contend::run_to_end(gil.enter(self));
    for (auto _ : state) {
        contend::run_to_end(gil.drop(self));
        contend::run_to_end(gil.take(self));
    }
    contend::run_to_end(gil.leave(self));
}
BENCHMARK(uncontended);

// The taker begins to wait while the holder computes, for far less than an interval.
void voluntary(benchmark::State& state) {
    const auto cores = state.range(0);
    if (cores == 2 && !contend::has_two_cores(state)) {
        return;
    }
    constexpr Nanoseconds kUntilItWaits = 200us;
    RealThreads threads;
    RealGil gil(threads, 1s);
    contend::Histogram histogram;
    TimePoint dropped;  // guarded by the GIL
    bool done = false;
    std::binary_semaphore begin(0);
    std::binary_semaphore taken(0);
    std::thread taker([&] {
        contend::pin_to(cores == 2 ? 0 : contend::last_core());
        RealGil::Thread self(threads);
        for (begin.acquire(); !done; begin.acquire()) {
            contend::run_to_end(gil.take(self));
            histogram.record(SteadyClock().now() - dropped);
            contend::run_to_end(gil.drop(self));
            taken.release();
        }
    });
    contend::pin_to(contend::last_core());
    RealGil::Thread self(threads);
    for (auto _ : state) {
        contend::run_to_end(gil.take(self));
        begin.release();
        threads.sleep(kUntilItWaits);
        dropped = SteadyClock().now();
        contend::run_to_end(gil.drop(self));
        taken.acquire();
        state.SetIterationTime(
            std::chrono::duration<double>(SteadyClock().now() - dropped).count());
    }
    done = true;
    begin.release();
    taker.join();
    contend::count_quantiles(state, histogram);
}
BENCHMARK(voluntary)->ArgName("cores")->Arg(1)->Arg(2)->Iterations(500)->UseManualTime();

// Rules for both drivers.
template <class Runtime>
Task<> compute_always(Runtime& runtime, contend::Gil<Runtime>& gil, int core) {
    if constexpr (std::same_as<Runtime, RealThreads>) {
        contend::pin_to(core);
    }
    typename contend::Gil<Runtime>::Thread self(runtime);
    co_await gil.enter(self);
    while (!runtime.stopping()) {
        co_await gil.compute(self, 1s);
    }
    co_await gil.leave(self);
}

constexpr Nanoseconds kPause = 100us;
constexpr Nanoseconds kInterval = 1ms;

template <class Runtime>
Task<> take_and_drop(Runtime& runtime, contend::Gil<Runtime>& gil, int rounds,
                     contend::Histogram& waits) {
    typename contend::Gil<Runtime>::Thread self(runtime);
    co_await gil.enter(self);
    for (int i = 0; i < rounds; ++i) {
        co_await gil.drop(self);
        co_await runtime.sleep(kPause);
        const TimePoint begin = runtime.now();
        co_await gil.take(self);
        waits.record(runtime.now() - begin);
    }
    co_await gil.leave(self);
}

void count_forced(benchmark::State& state, const contend::Histogram& waits) {
    for (const auto& [name, quantile] : {std::pair{"p50_ns", 0.5}, {"p99_ns", 0.99}}) {
        state.counters[name] =
            static_cast<double>((waits.value_at_quantile(quantile) - kInterval).count());
    }
}

// Beside one thread that computes: p50 and p99 of what a take lasts beyond the interval.
void forced(benchmark::State& state) {
    const auto cores = state.range(0);
    if (cores == 2 && !contend::has_two_cores(state)) {
        return;
    }
    contend::pin_to(contend::last_core());
    contend::Histogram waits;
    RealThreads threads;
    RealGil gil(threads, kInterval);
    threads.spawn(compute_always(threads, gil, cores == 2 ? 0 : contend::last_core()));
    for (auto _ : state) {
        contend::run_to_end(take_and_drop(threads, gil, 1, waits));
    }
    threads.request_stop();
    threads.join();
    count_forced(state, waits);
}
BENCHMARK(forced)->ArgName("cores")->Arg(1)->Arg(2)->Iterations(300)->UseRealTime();

constexpr int kRounds = 300;

double real_round_ns(int spinners, std::int64_t cores) {
    contend::Histogram waits;
    RealThreads threads;
    RealGil gil(threads, kInterval);
    for (int i = 0; i < spinners; ++i) {
        threads.spawn(compute_always(threads, gil, cores == 2 ? 0 : contend::last_core()));
    }
    contend::run_to_end(take_and_drop(threads, gil, kRounds, waits));
    threads.request_stop();
    threads.join();
    return waits.mean_ns();
}

// A simulation without requests: its only thread is ours, and those that it spawns.
double virtual_round_ns(int spinners, std::int64_t cores) {
    contend::Simulation simulation;
    simulation.arrivals = "constant";
    simulation.rate_per_s = 1e-3;
    simulation.requests = 2;
    simulation.cores = static_cast<std::size_t>(cores);
    simulation.end = 900s;
    contend::Histogram waits;
    VirtualRuntime runtime(simulation);
    contend::Gil<VirtualRuntime> gil(runtime, kInterval);
    for (int i = 0; i < spinners; ++i) {
        runtime.spawn(compute_always(runtime, gil, 0));
    }
    runtime.run(take_and_drop(runtime, gil, kRounds, waits));
    return waits.mean_ns();
}

void io_thread(benchmark::State& state) {
    const auto spinners = static_cast<int>(state.range(0));
    const auto cores = state.range(1);
    if (cores == 2 && !contend::has_two_cores(state)) {
        return;
    }
    contend::pin_to(contend::last_core());
    double real = 0;
    for (auto _ : state) {
        real += real_round_ns(spinners, cores);
    }
    real /= static_cast<double>(state.iterations());
    const double foretold = virtual_round_ns(spinners, cores);
    state.counters["real_ns"] = real;
    state.counters["virtual_ns"] = foretold;
    state.counters["real_to_virtual"] = real / foretold;
}
BENCHMARK(io_thread)
    ->ArgNames({"spinners", "cores"})
    ->ArgsProduct({{1, 2, 4}, {1, 2}})
    ->Iterations(1)
    ->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
