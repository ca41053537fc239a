#include "core/virtual_queue.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace contend {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint at(Nanoseconds time) { return TimePoint(time); }

TEST(VirtualQueue, ServesOneAfterTheOther) {
    VirtualQueue queue({});
    EXPECT_EQ(queue.serve(at(0ms), 2ms), at(2ms));
    EXPECT_EQ(queue.serve(at(1ms), 2ms), at(4ms));
    EXPECT_EQ(queue.serve(at(3ms), 0ms), at(4ms));
    EXPECT_EQ(queue.serve(at(10ms), 2ms), at(12ms));
}

TEST(VirtualQueue, GivesARequestToTheServerThatIsFreeFirst) {
    VirtualQueue queue({.servers = 2});
    EXPECT_EQ(queue.serve(at(0ms), 5ms), at(5ms));
    EXPECT_EQ(queue.serve(at(0ms), 1ms), at(1ms));
    EXPECT_EQ(queue.serve(at(0ms), 1ms), at(2ms));
    EXPECT_EQ(queue.serve(at(0ms), 4ms), at(6ms));
    EXPECT_EQ(queue.serve(at(0ms), 1ms), at(6ms));
}

TEST(VirtualQueue, RefusesWhatItHasNoRoomFor) {
    VirtualQueue queue({.servers = 2, .limit = 2});
    EXPECT_EQ(queue.serve(at(0ms), 2ms), at(2ms));
    EXPECT_EQ(queue.serve(at(1ms), 2ms), at(3ms));
    EXPECT_EQ(queue.serve(at(1ms), 2ms), std::nullopt);
    EXPECT_EQ(queue.serve(at(2ms), 2ms), at(4ms));  // the first one leaves as it arrives
    EXPECT_EQ(queue.serve(at(2ms), 2ms), std::nullopt);
}

TEST(VirtualQueue, StandsStillAtTheStartOfEachPeriod) {
    VirtualQueue queue({.frozen = 10ms, .period = 100ms});
    EXPECT_EQ(queue.serve(at(3ms), 0ms), at(10ms));
    EXPECT_EQ(queue.serve(at(4ms), 2ms), at(12ms));
    EXPECT_EQ(queue.serve(at(50ms), 2ms), at(52ms));
    EXPECT_EQ(queue.serve(at(99ms), 2ms), at(111ms));
    EXPECT_EQ(queue.serve(at(200ms), 200ms), at(430ms));
}

TEST(VirtualQueue, EndsWithTheClock) {
    for (const Nanoseconds frozen : {Nanoseconds(0ns), Nanoseconds(999ms)}) {
        VirtualQueue queue({.frozen = frozen});
        EXPECT_EQ(queue.serve(at(1s), Nanoseconds::max()), TimePoint::max());
        EXPECT_EQ(queue.serve(at(2s), 1s), TimePoint::max());
        EXPECT_EQ(queue.serve(TimePoint::max(), 1s), TimePoint::max());
    }
}

TEST(VirtualQueue, RefusesRulesByWhichNothingIsServed) {
    EXPECT_THROW(VirtualQueue({.servers = 0}), std::invalid_argument);
    EXPECT_THROW(VirtualQueue({.frozen = 1s, .period = 1s}), std::invalid_argument);
    EXPECT_THROW(VirtualQueue({.frozen = -1s}), std::invalid_argument);
}

}  // namespace
}  // namespace contend
