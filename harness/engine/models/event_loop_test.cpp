// What the event-loop model must show (models.md, section 5), in virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/simulation.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

constexpr double kMs = 1e6;

// The waits before the first step, in ms, sorted.
std::vector<double> waits(const SimulationResult& result, std::uint32_t class_index = 0) {
    std::vector<double> all;
    for (const auto& request : result.requests) {
        if (request.class_index == class_index) {
            all.push_back(static_cast<double>((request.start - request.intended).count()) / kMs);
        }
    }
    std::ranges::sort(all);
    return all;
}

double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    return sum / static_cast<double>(values.size());
}

double quantile(const std::vector<double>& sorted, double q) {
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

// Poisson arrivals over connections that are never closed: an M/G/1 queue.
Simulation queue_of(std::vector<WeightedHandler> handlers, double rate_per_s,
                    std::uint64_t requests) {
    Simulation simulation;
    simulation.parameters = {{"keep-alive", "1000h"}};
    simulation.handlers = std::move(handlers);
    simulation.rate_per_s = rate_per_s;
    simulation.connections = 1024;
    simulation.requests = requests;
    return simulation;
}

// Handler H: E[S] = 2.98 ms, E[S²] = 103.96 ms².
std::vector<WeightedHandler> handler_h() {
    return {{0.99, parse_handler("cpu=2ms,io=10ms")}, {0.01, parse_handler("cpu=100ms,io=10ms")}};
}
constexpr double kMeanOfH = 2.98;
constexpr double kSecondMomentOfH = 103.96;
constexpr double kMostOfH = 1e3 / kMeanOfH;  // requests/s that one loop can do

// Assertion 1. The bounds are four times the spread over seeds of a million requests.
TEST(EventLoop, HeavyRequestsBlockTheLightOnesAsMG1Says) {
    struct Row {
        double rho, p90, p99, p999, io_wait;
    };
    for (const Row& row :
         {Row{.3, 24, 99, 179, 2.9}, Row{.5, 74, 169, 267, 9.5}, Row{.7, 126, 285, 445, 29.7}}) {
        SCOPED_TRACE(row.rho);
        const auto result =
            simulate("event-loop", queue_of(handler_h(), row.rho * kMostOfH, 1'000'000));
        const double per_ms = row.rho / kMeanOfH;
        const double closed_form = per_ms * kSecondMomentOfH / (2 * (1 - row.rho));
        const auto light = waits(result);
        EXPECT_NEAR(mean(light), closed_form, 0.05 * closed_form);
        EXPECT_NEAR(quantile(light, .9), row.p90, 0.12 * row.p90);
        EXPECT_NEAR(quantile(light, .99), row.p99, 0.05 * row.p99);
        EXPECT_NEAR(quantile(light, .999), row.p999, 0.2 * row.p999);

        double io_wait = 0;
        for (const auto& request : result.requests) {
            if (request.class_index == 0) {
                io_wait += static_cast<double>((request.completion - request.start - 12ms).count());
            }
        }
        EXPECT_NEAR(io_wait / kMs / static_cast<double>(light.size()), row.io_wait,
                    0.08 * row.io_wait);
    }
}

TEST(EventLoop, WithoutTheHeavyOnesTheLightOnesHardlyWait) {
    const auto result =
        simulate("event-loop", queue_of({{1, parse_handler("cpu=2ms,io=10ms")}}, 167.8, 300'000));
    EXPECT_NEAR(mean(waits(result)), 0.5, 0.02);
}

// models.md, section 4: rho = 0.8, unit service.
TEST(EventLoop, IsAnMD1QueueWithFixedTimes) {
    const auto result =
        simulate("event-loop", queue_of({{1, parse_handler("cpu=1ms")}}, 800, 2'000'000));
    const auto wait = waits(result);
    EXPECT_NEAR(1 + mean(wait), 3.000, 0.04);
    EXPECT_NEAR(1 + quantile(wait, .5), 2.28, 0.03);
    EXPECT_NEAR(1 + quantile(wait, .99), 11.36, 0.4);
    EXPECT_NEAR(1 + quantile(wait, .999), 16.70, 1.2);
    EXPECT_NEAR(static_cast<double>(result.cpu.count()) / static_cast<double>(result.end.count()),
                0.8, 0.003);
}

TEST(EventLoop, IsAnMM1QueueWithExponentialTimes) {
    const auto result =
        simulate("event-loop", queue_of({{1, parse_handler("cpu=exp(1ms)")}}, 800, 2'000'000));
    std::vector<double> times;
    for (const auto& request : result.requests) {
        times.push_back(static_cast<double>((request.completion - request.intended).count()) / kMs);
    }
    std::ranges::sort(times);
    EXPECT_NEAR(mean(times), 5.000, 0.15);
    EXPECT_NEAR(quantile(times, .5), 3.47, 0.1);
    EXPECT_NEAR(quantile(times, .99), 23.03, 1.2);
}

TEST(EventLoop, GivesTheSameForTheSameSeeds) {
    Simulation simulation = queue_of(handler_h(), 0.7 * kMostOfH, 20'000);
    const auto completions = [](const Simulation& one) {
        std::vector<Nanoseconds> all;
        for (const auto& request : simulate("event-loop", one).requests) {
            all.push_back(request.completion);
        }
        return all;
    };
    const auto first = completions(simulation);
    EXPECT_EQ(completions(simulation), first);
    simulation.server_seed = 2;
    EXPECT_NE(completions(simulation), first);
    simulation.server_seed = 1;
    simulation.seed = 2;
    EXPECT_NE(completions(simulation), first);
}

// Assertion 13.
TEST(EventLoop, OverloadGivesItsCapacityAndEverLongerLatency) {
    auto simulation = queue_of({{1, parse_handler("cpu=2ms")}}, 1.2 * 500, 60'000);
    simulation.arrivals = "constant";
    simulation.end = 100s;
    const auto result = simulate("event-loop", simulation);
    std::size_t completed = 0;
    for (const auto& request : result.requests) {
        completed += request.completion < 100s ? 1U : 0U;
    }
    EXPECT_NEAR(static_cast<double>(completed) / 100, 500, 0.5);

    const auto latency = [&](std::size_t index) {
        const auto& request = result.requests[index];
        return static_cast<double>((request.completion - request.intended).count()) / 1e9;
    };
    // Per second of intended time; what is intended at 80 s completes at 96 s.
    const std::size_t early = 6'000;
    const std::size_t late = 48'000;
    const double seconds = static_cast<double>(late - early) / 600;
    EXPECT_NEAR((latency(late) - latency(early)) / seconds, 0.2, 0.001);
}

TEST(EventLoop, AClosedLoopCannotShowOverload) {
    auto simulation = queue_of({{1, parse_handler("cpu=2ms")}}, 0, 10'000);
    simulation.arrivals = "closed";
    simulation.connections = 8;
    const auto result = simulate("event-loop", simulation);
    EXPECT_EQ(result.requests.back().completion - result.requests.back().intended, 16ms);
}

// Assertion 6: the pool's threads bound what can wait in it.
TEST(EventLoop, ThePoolIsAPlateau) {
    for (const auto& [threads, per_s] : {std::pair{"4", 400.0}, {"1", 100.0}, {"16", 1600.0}}) {
        auto simulation = queue_of({{1, parse_handler("pool=10ms")}}, 0, 20'000);
        simulation.parameters["pool"] = threads;
        simulation.arrivals = "closed";
        const auto result = simulate("event-loop", simulation);
        EXPECT_NEAR(20'000 * 1e9 / static_cast<double>(result.end.count()), per_s, 1e-3 * per_s);
        EXPECT_EQ(result.cpu, 0ns);
    }
}

TEST(EventLoop, ThePoolIsFirstInFirstOut) {
    auto simulation = queue_of({{1, parse_handler("pool=10ms")}}, 0, 8);
    simulation.arrivals = "closed";
    simulation.connections = 8;
    const auto result = simulate("event-loop", simulation);
    EXPECT_EQ(std::count_if(result.requests.begin(), result.requests.end(),
                            [](const auto& request) { return request.completion == 10ms; }),
              4);
    EXPECT_EQ(std::count_if(result.requests.begin(), result.requests.end(),
                            [](const auto& request) { return request.completion == 20ms; }),
              4);
}

// Assertion 5's half: each request that comes with others is answered when it is done.
TEST(EventLoop, AnswersSimultaneousRequestsOneByOne) {
    auto simulation = queue_of({{1, parse_handler("cpu=3ms")}}, 0, 5);
    simulation.arrivals = "closed";
    simulation.connections = 5;
    const auto result = simulate("event-loop", simulation);
    std::vector<Nanoseconds> completions;
    for (const auto& request : result.requests) {
        completions.push_back(request.completion);
    }
    std::ranges::sort(completions);
    EXPECT_EQ(completions, (std::vector<Nanoseconds>{3ms, 6ms, 9ms, 12ms, 15ms}));
}

// A connection that was closed while idle is opened again, which takes no time here.
TEST(EventLoop, ClosesIdleConnections) {
    auto simulation = queue_of({{1, parse_handler("cpu=1ms")}}, 0, 10);
    simulation.arrivals = "constant";
    simulation.rate_per_s = 0.1;
    simulation.connections = 1;
    simulation.parameters["keep-alive"] = "5s";
    const auto result = simulate("event-loop", simulation);
    for (const auto& request : result.requests) {
        EXPECT_EQ(request.completion - request.intended, 1ms);
    }
    EXPECT_EQ(result.closed, 9U);
    simulation.parameters["keep-alive"] = "11s";
    EXPECT_EQ(simulate("event-loop", simulation).closed, 0U);
}

}  // namespace
}  // namespace contend
