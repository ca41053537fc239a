#include "arrivals/arrival_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
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

// The n-th arrival, by starting there as a worker of many would.
Nanoseconds nth(double rate_per_s, std::size_t n) {
    return *make_arrival_process("constant",
                                 {.rate_per_s = rate_per_s, .worker = n, .workers = n + 1})
                ->next();
}

TEST(Constant, IsExactAfterABillionArrivals) {
    EXPECT_EQ(nth(3, 1'000'000'000), 333'333'333'333'333'333ns);
    EXPECT_EQ(nth(7, 1'000'000'000), 142'857'142'857'142'857ns);
    EXPECT_EQ(nth(60'000, 999'999'999), 16'666'666'650'000ns);
    EXPECT_EQ(nth(6144, 6), 976'563ns);  // 976562.5: halves are rounded up
    EXPECT_EQ(nth(0.25, 1'000'000'000), 4'000'000'000s);
    EXPECT_EQ(nth(kHighestRate, 1'000'000'000), 1s);
    EXPECT_EQ(nth(kLowestRate, 1), 1'000'000s);
}

TEST(Bursts, HaveTheirSecondsRequestsWithinATwentieth) {
    const auto process = make_arrival_process("bursts", {.rate_per_s = 4});
    EXPECT_EQ(take(*process, 9),
              (std::vector<Nanoseconds>{500ms, 512'500us, 525ms, 537'500us, 1500ms, 1'512'500us,
                                        1'525ms, 1'537'500us, 2500ms}));
    const auto second =
        make_arrival_process("bursts", {.rate_per_s = 4, .worker = 1, .workers = 2});
    EXPECT_EQ(take(*second, 3), (std::vector<Nanoseconds>{512'500us, 537'500us, 1'512'500us}));
}

TEST(Constant, TakesTheSameStepsAsItsFormula) {
    for (const double rate : {0.3, 1.0 / 3, 17.0, 999.99, 3e5, 123'456'789.0}) {
        const auto process = make_arrival_process("constant", {.rate_per_s = rate});
        for (std::size_t k = 0; k < 10'000; ++k) {
            ASSERT_EQ(*process->next(), nth(rate, k)) << rate << ", " << k;
        }
    }
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
    // The variance of an exponential law is the square of its mean; that of the estimate
    // 8 / n of its square.
    double squares = 0;
    for (const double gap : gaps) {
        squares += (gap - mean) * (gap - mean);
    }
    EXPECT_NEAR(squares / n, mean * mean, 4 * mean * mean * std::sqrt(8 / n));
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

TEST(Poisson, WorkersAreIndependent) {
    const auto gaps = [](std::size_t worker) {
        const auto process = make_arrival_process(
            "poisson", {.rate_per_s = 2, .seed = 3, .worker = worker, .workers = 2});
        std::vector<double> times;
        for (const auto time : take(*process, 100'001)) {
            times.push_back(static_cast<double>(time.count()) / 1e9);
        }
        std::adjacent_difference(times.begin(), times.end(), times.begin());
        return times;
    };
    const auto one = gaps(0);
    const auto other = gaps(1);
    double product = 0;
    for (std::size_t i = 1; i < one.size(); ++i) {
        product += (one[i] - 1) * (other[i] - 1);
    }
    EXPECT_NEAR(product / 1e5, 0.0, 4 / std::sqrt(1e5));
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
        EXPECT_STREQ(error.what(),
                     "no arrivals 'bursty': there are closed, constant, poisson, bursts, replay");
    }
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    for (const double rate : {0.0, -1.0, 1e-7, 2e9, kInfinite, std::nan("")}) {
        for (const auto* name : {"constant", "poisson"}) {
            EXPECT_THROW(make_arrival_process(name, {.rate_per_s = rate}), std::invalid_argument);
        }
    }
}

}  // namespace
}  // namespace contend
