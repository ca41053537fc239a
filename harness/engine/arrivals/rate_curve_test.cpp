#include "arrivals/rate_curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "arrivals/arrival_process.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

// 100 to 10,000 a second within 30 s: (100 + 10,000) / 2 * 30 requests.
const std::vector<RateStage> kRamp{{30s, 10'000.0}};
constexpr double kDue = 151'500.0;

std::vector<Nanoseconds> take_until(ArrivalProcess& process, Nanoseconds end) {
    std::vector<Nanoseconds> times;
    for (auto time = process.next(); *time < end; time = process.next()) {
        times.push_back(*time);
    }
    return times;
}

TEST(RateCurve, IsTheInverseOfWhatIsDue) {
    RateCurve flat(1000.0, 0s, {});
    EXPECT_EQ(flat.time_of(0.0), 0ns);
    EXPECT_EQ(flat.time_of(2500.0), 2500ms);
    // From 0.5 to 2.5 a second within 4 s, then 2.5: L(2) = 2, L(4) = 6.
    const std::vector<RateStage> up{{4s, 2.5}, {2s, 2.5}};
    RateCurve curve(0.5, 0s, up);
    EXPECT_DOUBLE_EQ(curve.total(), 11.0);
    EXPECT_EQ(curve.time_of(2.0), 2s);
    EXPECT_EQ(curve.time_of(6.0), 4s);
    EXPECT_EQ(curve.time_of(8.5), 5s);
    EXPECT_EQ(curve.time_of(13.5), 7s);  // the last rate goes on
}

TEST(RateCurve, FallsAsItRises) {
    const std::vector<RateStage> down{{4s, 0.5}, {1s, 0.5}};
    RateCurve curve(2.5, 0s, down);
    EXPECT_EQ(curve.time_of(4.0), 2s);
    EXPECT_EQ(curve.time_of(6.0), 4s);
    EXPECT_EQ(curve.time_of(6.5), 5s);
}

TEST(RateCurve, StepsWhereAStageHasNoLength) {
    const std::vector<RateStage> steps{
        {1s, 10.0}, {0s, 100.0}, {1s, 100.0}, {0s, 10.0}, {1s, 10.0}};
    RateCurve curve(10.0, 2s, steps);  // behind two seconds of warm-up
    EXPECT_EQ(curve.time_of(20.0), 2s);
    EXPECT_EQ(curve.time_of(30.0), 3s);
    EXPECT_EQ(curve.time_of(80.0), 3500ms);
    EXPECT_EQ(curve.time_of(130.0), 4s);
    EXPECT_EQ(curve.time_of(135.0), 4500ms);
}

TEST(RateCurve, CountsOfARampAreExact) {
    for (const std::size_t workers : {1U, 3U}) {
        std::size_t count = 0;
        for (std::size_t worker = 0; worker < workers; ++worker) {
            const auto process = make_arrival_process(
                "constant",
                {.rate_per_s = 100, .stages = kRamp, .worker = worker, .workers = workers});
            const auto times = take_until(*process, 30s);
            EXPECT_TRUE(std::ranges::is_sorted(times));
            count += times.size();
        }
        EXPECT_EQ(count, static_cast<std::size_t>(kDue)) << workers;
    }
}

TEST(RateCurve, ConstantGapsFollowTheRate) {
    const auto process = make_arrival_process("constant", {.rate_per_s = 100, .stages = kRamp});
    const auto times = take_until(*process, 30s);
    EXPECT_EQ(times[0], 0ns);
    EXPECT_NEAR(static_cast<double>((times[1] - times[0]).count()), 1e9 / 100, 2e5);
    const auto last = times.size() - 1;
    EXPECT_NEAR(static_cast<double>((times[last] - times[last - 1]).count()), 1e9 / 10'000, 10);
}

// Of a Poisson process along a curve, L(t) of its times has exponential gaps: their distances from
// the distribution are those of Kolmogorov and Smirnov (Massey, 1951).
double distance(std::vector<double> gaps) {
    std::ranges::sort(gaps);
    double most = 0.0;
    const auto count = static_cast<double>(gaps.size());
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        const double share = 1 - std::exp(-gaps[i]);
        most = std::max({most, std::abs(share - static_cast<double>(i) / count),
                         std::abs(share - static_cast<double>(i + 1) / count)});
    }
    return most;
}

double due_in_ramp(Nanoseconds time) {
    const double seconds = static_cast<double>(time.count()) * 1e-9;
    return seconds * (100.0 + 9'900.0 / 30.0 * seconds / 2);
}

TEST(RateCurve, PoissonGapsAreExponentialOnceTimeIsChangedBack) {
    int failed = 0;
    constexpr int kSeeds = 100;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        const auto process =
            make_arrival_process("poisson", {.rate_per_s = 100, .stages = kRamp, .seed = seed});
        const auto times = take_until(*process, 30s);
        EXPECT_NEAR(static_cast<double>(times.size()), kDue, 5 * std::sqrt(kDue));
        std::vector<double> gaps;
        for (std::size_t i = 1; i < times.size(); ++i) {
            gaps.push_back(due_in_ramp(times[i]) - due_in_ramp(times[i - 1]));
        }
        // 1%: 1.628 / sqrt(n).
        failed += distance(gaps) > 1.628 / std::sqrt(static_cast<double>(gaps.size())) ? 1 : 0;
    }
    EXPECT_LE(failed, 5);
}

TEST(Stages, RefuseWhatIsNoRate) {
    const auto refused = [](std::string_view kind, RateStage stage) {
        const std::vector<RateStage> stages{stage};
        EXPECT_THROW(make_arrival_process(kind, {.rate_per_s = 100, .stages = stages}),
                     std::invalid_argument);
    };
    refused("constant", {1s, 0.0});
    refused("poisson", {1s, -1.0});
    refused("constant", {-1s, 10.0});
    refused("constant", {1s, 1e12});
    refused("bursts", {1s, 10.0});
}

TEST(Replay, SendsAtTheRecordedTimesBehindAWarmUpAtTheirRate) {
    const std::vector<Nanoseconds> recorded{0ms, 10ms, 10ms, 500ms};
    const auto of = [&](std::size_t worker, std::size_t workers) {
        const auto process = make_arrival_process("replay", {.rate_per_s = 8,
                                                             .warmup = 250ms,
                                                             .recorded = recorded,
                                                             .worker = worker,
                                                             .workers = workers});
        return take_until(*process, 1h);
    };
    EXPECT_EQ(of(0, 1), (std::vector<Nanoseconds>{0ms, 125ms, 250ms, 260ms, 260ms, 750ms}));
    EXPECT_EQ(of(0, 2), (std::vector<Nanoseconds>{0ms, 250ms, 260ms}));
    EXPECT_EQ(of(1, 2), (std::vector<Nanoseconds>{125ms, 260ms, 750ms}));
}

}  // namespace
}  // namespace contend
