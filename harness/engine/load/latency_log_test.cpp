#include "load/latency_log.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

namespace contend {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kBegin{7s};

std::uint64_t in_row(const LatencySeries& series, std::size_t row) {
    const auto first =
        series.counts.begin() + static_cast<std::ptrdiff_t>(row * LatencySeries::kBuckets);
    return std::accumulate(first, first + LatencySeries::kBuckets, std::uint64_t{0});
}

TEST(LatencySeries, BucketsHoldTheirValuesAndAreNarrow) {
    std::size_t last = 0;
    for (std::int64_t value = 0; value <= LatencySeries::kHighest; value += 1 + value / 300) {
        const std::size_t index = LatencySeries::index_of(Nanoseconds(value));
        ASSERT_LT(index, LatencySeries::kBuckets);
        ASSERT_LE(index - last, 1U) << "no bucket is left out at " << value;
        last = index;
        const std::int64_t lowest = LatencySeries::lowest_of(index);
        const std::int64_t end = LatencySeries::lowest_of(index + 1);
        ASSERT_LE(lowest, value);
        ASSERT_GT(end, value);
        ASSERT_LE(end - lowest, std::max<std::int64_t>(1, lowest / 128));
    }
    EXPECT_EQ(LatencySeries::index_of(-1ns), 0U);
    EXPECT_EQ(LatencySeries::index_of(2h), LatencySeries::index_of(1h));
}

TEST(LatencyLog, KeepsTheOrderInWholeSubBatches) {
    LatencyLog log;
    log.begin(kBegin);
    // One request a millisecond, so ten in each unit of 10 ms, and each unit a value of its own.
    for (int i = 0; i < 455; ++i) {
        log.record(1ms * (i / 10), kBegin + 1ms * i);
    }
    const LatencyLog* const logs[] = {&log};
    const LatencySeries series = LatencyLog::whole(logs, 455ms);
    EXPECT_EQ(series.width, LatencyLog::kUnit);
    ASSERT_EQ(series.size, 45U) << "the last half of a unit is left out";
    for (std::size_t row = 0; row < series.size; ++row) {
        const std::size_t bucket = LatencySeries::index_of(1ms * static_cast<int>(row));
        EXPECT_EQ(series.counts[row * LatencySeries::kBuckets + bucket], 10U);
        EXPECT_EQ(in_row(series, row), 10U);
    }
    EXPECT_EQ(LatencyLog::finished(logs).size, 45U) << "the open one is not finished";
}

TEST(LatencyLog, WidensSoThatThereAreAtMost128) {
    LatencyLog log;
    log.begin(kBegin);
    const LatencyLog* const logs[] = {&log};
    std::uint64_t recorded = 0;
    for (std::int64_t unit = 0; unit < 30'000; ++unit) {
        log.record(1ms, kBegin + LatencyLog::kUnit * unit);
        ++recorded;
        if (unit % 777 == 0 || unit == 127 || unit == 128 || unit == 129) {
            const Nanoseconds lasted = LatencyLog::kUnit * (unit + 1);
            const LatencySeries series = LatencyLog::whole(logs, lasted);
            ASSERT_LE(series.size, LatencyLog::kMostSubBatches);
            if (unit >= 128) {
                ASSERT_GE(series.size, LatencyLog::kMostSubBatches / 2);
            }
            ASSERT_LT(lasted - series.width * static_cast<std::int64_t>(series.size), series.width);
            for (std::size_t row = 0; row < series.size; ++row) {
                ASSERT_EQ(in_row(series, row),
                          static_cast<std::uint64_t>(series.width / LatencyLog::kUnit));
            }
        }
    }
}

TEST(LatencyLog, AFrozenServerLeavesEmptySubBatches) {
    LatencyLog log;
    log.begin(kBegin);
    log.record(1ms, kBegin + 5ms);
    log.record(900ms, kBegin + 905ms);
    log.record(899ms, kBegin + 904ms);  // earlier than the one before: counted all the same
    const LatencyLog* const logs[] = {&log};
    const LatencySeries series = LatencyLog::whole(logs, 1s);
    ASSERT_EQ(series.size, 100U);
    for (std::size_t row = 0; row < series.size; ++row) {
        EXPECT_EQ(in_row(series, row), row == 0 ? 1U : row == 90 ? 2U : 0U);
    }
}

TEST(LatencyLog, LeavesOutWhatEndedAfterTheMeasurePhase) {
    LatencyLog log;
    log.begin(kBegin);
    log.record(1ms, kBegin + 15ms);
    log.record(1ms, kBegin + 900ms);  // while the trial drained
    const LatencyLog* const logs[] = {&log};
    const LatencySeries series = LatencyLog::whole(logs, 20ms);
    ASSERT_EQ(series.size, 2U);
    EXPECT_EQ(in_row(series, 0) + in_row(series, 1), 1U);
}

TEST(LatencyLog, AddsWorkersUpToWhereAllAreFinished) {
    LatencyLog fast;
    LatencyLog slow;
    fast.begin(kBegin);
    slow.begin(kBegin);
    for (int unit = 0; unit < 50; ++unit) {
        fast.record(1ms, kBegin + LatencyLog::kUnit * unit);
    }
    for (int unit = 0; unit < 30; ++unit) {
        slow.record(1ms, kBegin + LatencyLog::kUnit * unit);
    }
    const LatencyLog* const logs[] = {&fast, &slow};
    const LatencySeries finished = LatencyLog::finished(logs);
    ASSERT_EQ(finished.size, 29U);
    EXPECT_EQ(in_row(finished, 28), 2U);
    const LatencySeries whole = LatencyLog::whole(logs, 500ms);
    ASSERT_EQ(whole.size, 50U);
    EXPECT_EQ(in_row(whole, 29), 2U);
    EXPECT_EQ(in_row(whole, 30), 1U);
}

TEST(LatencyLog, NothingRecordedIsNothing) {
    const LatencyLog log;
    const LatencyLog* const logs[] = {&log};
    EXPECT_EQ(LatencyLog::finished(logs).size, 0U);
    EXPECT_EQ(LatencyLog::whole(logs, 0s).size, 0U);
}

TEST(LatencyLog, CanBeReadWhileItIsRecordedInto) {
    LatencyLog log;
    log.begin(kBegin);
    constexpr std::int64_t kUnits = 5000;
    const std::jthread worker([&log] {
        for (std::int64_t unit = 0; unit < kUnits; ++unit) {
            log.record(1ms, kBegin + LatencyLog::kUnit * unit);
        }
    });
    const LatencyLog* const logs[] = {&log};
    std::size_t rows = 0;
    Nanoseconds reached{0};
    while (reached < LatencyLog::kUnit * (kUnits / 2)) {
        const LatencySeries series = LatencyLog::finished(logs);
        reached = series.width * static_cast<std::int64_t>(series.size);
        for (std::size_t row = 0; row < series.size; ++row) {
            ASSERT_EQ(in_row(series, row),
                      static_cast<std::uint64_t>(series.width / LatencyLog::kUnit));
            ++rows;
        }
    }
    EXPECT_GT(rows, 0U);
}

}  // namespace
}  // namespace contend
