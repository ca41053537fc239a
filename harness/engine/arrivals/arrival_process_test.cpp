#include "arrivals/arrival_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace contend {
namespace {

using namespace std::chrono_literals;

std::vector<Nanoseconds> take(ArrivalProcess& process, std::size_t count) {
    std::vector<Nanoseconds> times;
    for (std::size_t i = 0; i < count; ++i) {
        times.push_back(*process.next());
    }
    return times;
}

TEST(Constant, IsExactAndNeverDrifts) {
    const auto process = make_arrival_process("constant", {.rate_per_s = 3});
    const auto times = take(*process, 10'800'001);  // an hour
    EXPECT_EQ(times[0], 0ns);
    EXPECT_EQ(times[1], 333'333'333ns);
    EXPECT_EQ(times[2], 666'666'667ns);
    EXPECT_EQ(times[3], 1s);
    EXPECT_EQ(times[10'800'000], 3'600'000s);
    EXPECT_TRUE(std::ranges::is_sorted(times));
}

TEST(Constant, WorkersShareOneSequence) {
    const auto whole = make_arrival_process("constant", {.rate_per_s = 7000});
    std::vector<Nanoseconds> shared;
    for (std::size_t worker = 0; worker < 3; ++worker) {
        const auto part =
            make_arrival_process("constant", {.rate_per_s = 7000, .worker = worker, .workers = 3});
        for (const auto time : take(*part, 1000)) {
            shared.push_back(time);
        }
    }
    std::ranges::sort(shared);
    EXPECT_EQ(shared, take(*whole, 3000));
}

// Gaps of a Poisson process are exponential: Kolmogorov and Smirnov's distance at n = 100,000
// stays below 1.95 / sqrt(n) in 99.9% of samples; the seed is fixed.
void expect_exponential(std::vector<double> gaps, double mean) {
    std::ranges::sort(gaps);
    const auto n = static_cast<double>(gaps.size());
    double distance = 0;
    double sum = 0;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        const double expected = -std::expm1(-gaps[i] / mean);
        distance = std::max(distance, std::abs(expected - (static_cast<double>(i) + 0.5) / n));
        sum += gaps[i];
    }
    EXPECT_LT(distance, 1.95 / std::sqrt(n));
    EXPECT_NEAR(sum / n, mean, 4 * mean / std::sqrt(n));
}

TEST(Poisson, GapsAreExponentialForEveryWorkerAndTogether) {
    std::vector<Nanoseconds> together;
    for (std::size_t worker = 0; worker < 4; ++worker) {
        const auto process = make_arrival_process(
            "poisson", {.rate_per_s = 4000, .seed = 7, .worker = worker, .workers = 4});
        const auto times = take(*process, 100'000);
        std::vector<double> gaps;
        for (std::size_t i = 1; i < times.size(); ++i) {
            gaps.push_back(static_cast<double>((times[i] - times[i - 1]).count()));
        }
        expect_exponential(gaps, 1e6);
        together.insert(together.end(), times.begin(), times.end());
    }
    std::ranges::sort(together);
    std::vector<double> gaps;
    for (std::size_t i = 1; i < 100'000; ++i) {
        gaps.push_back(static_cast<double>((together[i] - together[i - 1]).count()));
    }
    expect_exponential(gaps, 0.25e6);
}

TEST(Poisson, TheSeedDecides) {
    const auto times = [](std::uint64_t seed) {
        return take(*make_arrival_process("poisson", {.rate_per_s = 10, .seed = seed}), 100);
    };
    EXPECT_EQ(times(1), times(1));
    EXPECT_NE(times(1), times(2));
}

TEST(Closed, WaitsForCompletionAndThinks) {
    const auto process = make_arrival_process("closed", {.think = 3ms});
    EXPECT_EQ(process->next(), std::nullopt);
    EXPECT_EQ(process->after_completion(4ms), 7ms);
}

TEST(OpenLoop, NeverListensToCompletions) {
    for (const auto& kind : arrival_kinds()) {
        if (kind.open_loop) {
            const auto process = make_arrival_process(kind.name, {.rate_per_s = 10});
            EXPECT_EQ(process->after_completion(1s), std::nullopt);
        }
    }
}

TEST(Registry, RefusesWhatItDoesNotKnowAndSaysWhatItDoes) {
    try {
        make_arrival_process("bursty", {});
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(error.what(), "no arrivals 'bursty': there are closed, constant, poisson");
    }
    EXPECT_THROW(make_arrival_process("constant", {.rate_per_s = 0}), std::invalid_argument);
    EXPECT_THROW(make_arrival_process("poisson", {.rate_per_s = std::nan("")}),
                 std::invalid_argument);
}

}  // namespace
}  // namespace contend
