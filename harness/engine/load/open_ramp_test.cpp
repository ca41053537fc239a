#include "load/open_ramp.h"

#include <gtest/gtest.h>

namespace contend {
namespace {

using namespace std::chrono_literals;

TEST(OpenRamp, SpeedsUpWithEachConnectionThatStands) {
    OpenRamp ramp;
    EXPECT_EQ(ramp.interval(), OpenRamp::kFirst);
    Nanoseconds spent{0};
    for (int i = 0; i < 18'000; ++i) {
        spent += ramp.interval();
        const Nanoseconds before = ramp.interval();
        ramp.connected(30us);
        EXPECT_LE(ramp.interval(), before);
    }
    EXPECT_EQ(ramp.interval(), OpenRamp::kShortest);
    EXPECT_LT(spent, 18'000 * 200us);  // 5,000 a second
}

TEST(OpenRamp, StartsAgainWhenABacklogIsFull) {
    OpenRamp ramp;
    for (int i = 0; i < 1'000; ++i) {
        ramp.connected(30us);
    }
    ramp.connected(1s);
    EXPECT_EQ(ramp.interval(), OpenRamp::kFirst);
}

}  // namespace
}  // namespace contend
