#include "core/coarse_counts.h"

#include <gtest/gtest.h>

namespace contend {
namespace {

using namespace std::chrono_literals;

TEST(CoarseCountsTest, AQuantileIsKnownWithinAnEighthFromAbove) {
    for (std::int64_t value = 1; value < 1'000'000'000'000; value = value * 9 / 7 + 1) {
        CoarseCounts counts;
        counts.record(Nanoseconds(value));
        const auto found = counts.quantile(0.5).count();
        EXPECT_GT(found, value);
        EXPECT_LE(static_cast<double>(found), static_cast<double>(value) * 1.125 + 1.0);
    }
}

TEST(CoarseCountsTest, QuantilesAreInOrder) {
    CoarseCounts counts;
    for (int i = 1; i <= 1000; ++i) {
        counts.record(i * 1us);
    }
    EXPECT_NEAR(static_cast<double>(counts.quantile(0.5).count()), 500e3, 65e3);
    EXPECT_NEAR(static_cast<double>(counts.quantile(0.99).count()), 990e3, 125e3);
}

TEST(CoarseCountsTest, ExtremesHaveTheirPlace) {
    CoarseCounts counts;
    counts.record(-1ns);
    counts.record(24h);
    EXPECT_EQ(counts.count(), 2U);
    EXPECT_EQ(counts.quantile(0.0), 1ns);
    EXPECT_GT(counts.quantile(0.99), 15min);
}

TEST(CoarseCountsTest, HalvingForgets) {
    CoarseCounts counts;
    counts.record(1ms);
    counts.record(1us);
    counts.record(1us);
    counts.halve();
    EXPECT_EQ(counts.count(), 1U);
    EXPECT_LT(counts.quantile(0.99), 2us);
}

}  // namespace
}  // namespace contend
