// What the gil-threads model must show (models.md, section 5), in virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "models/simulation.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

// Socket echo: a closed loop of one connection beside `spinners` threads that compute.
double echo_per_s(Nanoseconds interval, int spinners, MachineCosts costs = {}) {
    Simulation simulation;
    simulation.parameters = {{"switch-interval", std::to_string(interval.count()) + "ns"},
                             {"spinners", std::to_string(spinners)}};
    simulation.handlers = {{1, parse_handler("cpu=20us")}};
    simulation.costs = costs;
    simulation.cores = 2;
    simulation.arrivals = "closed";
    simulation.connections = 1;
    simulation.requests = 1000;
    const auto result = simulate("gil-threads", simulation);
    const auto& first = result.requests.front();
    const auto& last = result.requests.back();
    return 999e9 / static_cast<double>((last.completion - first.completion).count());
}

// Assertion 2. While a heavy request computes for 100 ms, a light one (2 ms of CPU, then 10 ms
// of waiting) takes 12 ms and an interval for each time that it has to take the GIL.
TEST(GilThreads, BoundsHeadOfLineBlocking) {
    Simulation simulation;
    simulation.handlers = {{0.99, parse_handler("cpu=2ms,io=10ms")},
                           {0.01, parse_handler("cpu=100ms,io=10ms")}};
    simulation.rate_per_s = 5;
    simulation.arrivals = "constant";
    simulation.connections = 64;
    simulation.requests = 20'000;
    const auto result = simulate("gil-threads", simulation);
    for (const auto& request : result.requests) {
        ASSERT_EQ(request.completion - request.intended,
                  request.class_index == 0 ? Nanoseconds(12ms) : Nanoseconds(110ms));
    }

    // Every 50 ms, so that a light one comes half way through each heavy one.
    simulation.rate_per_s = 20;
    const auto loaded = simulate("gil-threads", simulation).requests;
    std::size_t beside_heavy = 0;
    for (std::size_t i = 4; i + 3 < loaded.size(); ++i) {
        const auto heavies =
            std::count_if(loaded.begin() + static_cast<std::ptrdiff_t>(i) - 4,
                          loaded.begin() + static_cast<std::ptrdiff_t>(i) + 4,
                          [](const SimulatedRequest& request) { return request.class_index == 1; });
        if (loaded[i].class_index == 1 && heavies == 1) {
            ++beside_heavy;
            EXPECT_EQ(loaded[i + 1].completion - loaded[i + 1].intended, 12ms + 2 * 5ms);
            EXPECT_EQ(loaded[i].completion - loaded[i].intended, 112ms);
        }
    }
    EXPECT_GT(beside_heavy, 100U);
}

// Assertion 3. Requests/s = 1 / (c0 + k n I).
TEST(GilThreads, SpinnersFormAConvoy) {
    // The I/O thread takes the GIL back at once after its system calls: k = 1.
    for (const auto interval : {1ms, 5ms, 10ms, 100ms}) {
        for (const int spinners : {1, 2, 4}) {
            const double i = static_cast<double>(Nanoseconds(interval).count()) / 1e9;
            EXPECT_NEAR(1 / echo_per_s(interval, spinners), spinners * i + 20e-6, 0.01 * i);
        }
    }
    // A spinner is quicker than the send of 5 us, and one is there: k = 2.
    for (const auto interval : {1ms, 5ms, 10ms, 100ms}) {
        const double i = static_cast<double>(Nanoseconds(interval).count()) / 1e9;
        EXPECT_NEAR(1 / echo_per_s(interval, 1, {.system_call = 5us}), 2 * i + 30e-6, 0.01 * i);
    }
    EXPECT_NEAR(echo_per_s(5ms, 0), 50'000, 1);
}

}  // namespace
}  // namespace contend
