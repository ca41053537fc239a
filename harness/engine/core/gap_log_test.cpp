#include "core/gap_log.h"

#include <gtest/gtest.h>

namespace contend {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint at(Nanoseconds time) { return TimePoint(time); }

TEST(GapLog, KeepsWhatIsLongerThanTheWorkBetweenTwoLooks) {
    GapLog log(10);
    log.begin(at(1s));
    log.look(at(1s + 20us));
    log.look(at(1s + 41us));
    log.begin(at(2s));  // it slept on purpose
    log.look(at(2s + 5us));
    ASSERT_EQ(log.gaps().size(), 1U);
    EXPECT_EQ(log.gaps()[0].begin, at(1s + 20us));
    EXPECT_EQ(log.gaps()[0].end, at(1s + 41us));
}

TEST(GapLog, LetsItsLastGapGrowWhenItIsFull) {
    GapLog log(2);
    for (int i = 0; i <= 5; ++i) {
        log.look(at(i * 1ms));
    }
    ASSERT_EQ(log.gaps().size(), 2U);
    EXPECT_EQ(log.gaps()[0].end, at(1ms));
    EXPECT_EQ(log.gaps()[1].begin, at(1ms));
    EXPECT_EQ(log.gaps()[1].end, at(5ms));
}

}  // namespace
}  // namespace contend
