#include "core/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "core/random.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, IsZeroWhenEmpty) {
    const Histogram empty;
    EXPECT_EQ(empty.count(), 0U);
    EXPECT_EQ(empty.min(), 0ns);
    EXPECT_EQ(empty.max(), 0ns);
    EXPECT_EQ(empty.mean_ns(), 0.0);
    EXPECT_EQ(empty.stddev_ns(), 0.0);
    EXPECT_EQ(empty.value_at_quantile(0.5), 0ns);
}

TEST(Histogram, SmallValuesAreExact) {
    Histogram histogram;
    for (int value = 0; value < 2048; ++value) {
        histogram.record(Nanoseconds(value));
    }
    EXPECT_EQ(histogram.min(), 0ns);
    EXPECT_EQ(histogram.max(), 2047ns);
    EXPECT_EQ(histogram.value_at_quantile(0.0), 0ns);
    EXPECT_EQ(histogram.value_at_quantile(0.5), 1023ns);
    EXPECT_EQ(histogram.value_at_quantile(1.0), 2047ns);
    EXPECT_DOUBLE_EQ(histogram.mean_ns(), 1023.5);
    EXPECT_NEAR(histogram.stddev_ns(), std::sqrt((2048.0 * 2048.0 - 1) / 12), 1e-9);
}

TEST(Histogram, EveryQuantileIsWithinAThousandth) {
    Random random(11);
    std::vector<std::int64_t> values;
    Histogram histogram;
    for (int i = 0; i < 100'000; ++i) {
        const auto value = static_cast<std::int64_t>(std::exp(random.uniform() * 28.0));
        values.push_back(value);
        histogram.record(Nanoseconds(value));
    }
    std::ranges::sort(values);
    for (const double quantile : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
        const auto rank = std::max<std::size_t>(
            1, static_cast<std::size_t>(std::ceil(quantile * 100'000 * (1 - 1e-15))));
        const auto exact = static_cast<double>(values[rank - 1]);
        const auto found = static_cast<double>(histogram.value_at_quantile(quantile).count());
        EXPECT_GE(found, exact);
        EXPECT_LE(found, exact * 1.001);
    }
}

TEST(Histogram, WholeRanksAreNotOneTooHigh) {
    Histogram histogram;
    histogram.record(1us, 999);
    histogram.record(1ms, 1);
    EXPECT_LT(histogram.value_at_quantile(0.999), 2us);
    EXPECT_GE(histogram.value_at_quantile(0.9991), 1ms);
}

TEST(Histogram, QuantileZeroIsTheLeastAndOneTheMost) {
    Histogram histogram;
    histogram.record(1ms);
    histogram.record(5s, 3);
    EXPECT_EQ(histogram.value_at_quantile(0.0), histogram.min());
    EXPECT_EQ(histogram.value_at_quantile(1.0), histogram.max());
    EXPECT_LE(histogram.min(), 1ms);
    EXPECT_GE(histogram.value_at_quantile(0.25), 1ms);  // the highest of the same bucket
    EXPECT_LT(histogram.value_at_quantile(0.25), 1001us);
}

TEST(Histogram, QuantileOneIsTheMostAmongMoreThanADoubleCounts) {
    Histogram histogram;
    histogram.record(1ms, std::uint64_t{1} << 60);
    histogram.record(5s);
    EXPECT_EQ(histogram.value_at_quantile(1.0), histogram.max());
    EXPECT_LT(histogram.value_at_quantile(0.999), 2ms);
}

TEST(Histogram, CountsWhatIsAboveAValue) {
    Histogram histogram;
    EXPECT_EQ(histogram.count_above(0ns), 0U);
    for (int i = 1; i <= 100; ++i) {
        histogram.record(Nanoseconds(i));
    }
    histogram.record(1h, 5);
    EXPECT_EQ(histogram.count_above(-1ns), 105U);
    EXPECT_EQ(histogram.count_above(90ns), 15U);
    EXPECT_EQ(histogram.count_above(100ns), 5U);
    EXPECT_EQ(histogram.count_above(1h), 0U);
    EXPECT_EQ(histogram.count_above(2h), 0U);
}

TEST(Histogram, RecordingNoTimesRecordsNothing) {
    Histogram histogram;
    histogram.record(1ms, 2);
    histogram.record(1ns, 0);
    histogram.record(1h, 0);
    EXPECT_EQ(histogram.count(), 2U);
    EXPECT_EQ(histogram.min(), histogram.value_at_quantile(0.0));
    EXPECT_LT(histogram.max(), 2ms);
}

std::size_t resident_pages() {
    std::ifstream statm("/proc/self/statm");
    std::size_t size = 0;
    std::size_t resident = 0;
    statm >> size >> resident;
    return resident;
}

TEST(Histogram, CostsNoMemoryBeforeItIsRecordedInto) {
    {
        std::vector<Histogram> used(100);  // what they leave behind must not be handed out again
        for (auto& histogram : used) {
            for (Nanoseconds value = 1h; value > 0ns; value /= 2) {
                histogram.record(value);
            }
        }
    }
    const std::size_t before = resident_pages();
    std::vector<Histogram> unused(1000);  // 66 pages each
    for (auto& histogram : unused) {
        histogram.clear();
        histogram.add(Histogram());
    }
    EXPECT_LT(resident_pages(), before + 5000);
    EXPECT_EQ(unused[0].count(), 0U);
}

TEST(Histogram, WhatIsOutOfRangeIsCountedAtItsEdge) {
    Histogram histogram;
    histogram.record(-5ns);
    histogram.record(48h);
    EXPECT_EQ(histogram.count(), 2U);
    EXPECT_EQ(histogram.clamped(), 2U);
    histogram.record(0ns);
    histogram.record(1h, 3);
    EXPECT_EQ(histogram.clamped(), 2U);
    Histogram sum;
    sum.add(histogram);
    sum.add(histogram);
    EXPECT_EQ(sum.clamped(), 4U);
    sum.clear();
    EXPECT_EQ(sum.clamped(), 0U);
    EXPECT_EQ(histogram.min(), 0ns);
    EXPECT_GE(histogram.max(), 1h);
    EXPECT_LE(histogram.max(), 1h + 3600ms);
}

TEST(Histogram, AddsUpAsIfRecordedTogether) {
    Random random(5);
    Histogram parts[3];
    Histogram whole;
    for (int i = 0; i < 3000; ++i) {
        const Nanoseconds value(static_cast<std::int64_t>(random.exponential() * 1e6));
        parts[i % 3].record(value);
        whole.record(value);
    }
    Histogram sum;
    for (const auto& part : parts) {
        sum.add(part);
    }
    EXPECT_EQ(sum.encode(), whole.encode());
    sum.clear();
    EXPECT_EQ(sum.encode(), Histogram().encode());
}

TEST(Histogram, CopiesAreIndependent) {
    Histogram one;
    one.record(1ms);
    Histogram two = one;
    two.record(2ms);
    EXPECT_EQ(one.count(), 1U);
    one = two;
    EXPECT_EQ(one.count(), 2U);
    const Histogram three = std::move(two);
    EXPECT_EQ(three.count(), 2U);
}

TEST(HistogramEncoding, ComesBackTheSame) {
    Random random(3);
    for (const int count : {0, 1, 2, 1000, 100'000}) {
        Histogram histogram;
        for (int i = 0; i < count; ++i) {
            histogram.record(Nanoseconds(static_cast<std::int64_t>(random.exponential() * 1e7)),
                             1 + random.next() % 3);
        }
        histogram.record(1h, count == 1 ? std::uint64_t{1} << 60 : 1);
        const Histogram back = Histogram::decode(histogram.encode());
        EXPECT_EQ(back.encode(), histogram.encode());
        EXPECT_EQ(back.count(), histogram.count());
        EXPECT_EQ(back.min(), histogram.min());
        EXPECT_EQ(back.max(), histogram.max());
        EXPECT_DOUBLE_EQ(back.mean_ns(), histogram.mean_ns());
    }
    EXPECT_EQ(Histogram::decode(Histogram().encode()).count(), 0U);
}

TEST(HistogramEncoding, RefusesWhatIsDamaged) {
    Histogram histogram;
    for (int i = 0; i < 500; ++i) {
        histogram.record(Nanoseconds(i * i * 1000));
    }
    const std::string good = histogram.encode();
    EXPECT_TRUE(good.starts_with("HISTFAAA"));
    for (const std::string_view bad :
         {"", "x", "====", "HISTFAAA", "HISTEwAAAAA", "\xff\xff\xff\xff"}) {
        EXPECT_THROW(Histogram::decode(bad), std::invalid_argument) << bad;
    }
    EXPECT_THROW(Histogram::decode(good.substr(0, good.size() / 8 * 4)), std::invalid_argument);
    // A changed character is refused, or decodes to something whole: never a crash.
    int refused = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        try {
            EXPECT_GE(Histogram::decode(changed).value_at_quantile(0.5), 0ns);
        } catch (const std::invalid_argument&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, static_cast<int>(good.size() * 9 / 10));
}

}  // namespace
}  // namespace contend
