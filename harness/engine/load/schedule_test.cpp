#include "load/schedule.h"

#include <gtest/gtest.h>

namespace contend {
namespace {

using namespace std::chrono_literals;

TrialSpec spec_of(std::string arrivals) {
    TrialSpec spec;
    spec.arrivals = std::move(arrivals);
    spec.rate_per_s = 1000;
    spec.classes = {{.name = "light", .weight = 3}, {.name = "heavy", .weight = 1}};
    return spec;
}

TEST(Schedule, OpenLoopTakesNoNoticeOfCompletions) {
    Schedule schedule(spec_of("constant"), 0, 1, 64);
    EXPECT_EQ(schedule.peek(), 0ms);
    schedule.pop();
    schedule.completed(0ms);
    EXPECT_EQ(schedule.peek(), 1ms);
}

TEST(Schedule, ClosedLoopHasOneRequestAUser) {
    TrialSpec spec = spec_of("closed");
    spec.think = 5ms;
    Schedule schedule(spec, 0, 1, 2);
    schedule.pop();
    schedule.pop();
    EXPECT_EQ(schedule.peek(), std::nullopt);
    schedule.completed(30ms);
    schedule.completed(10ms);
    EXPECT_EQ(schedule.peek(), 15ms);
    schedule.pop();
    EXPECT_EQ(schedule.peek(), 35ms);
}

TEST(Schedule, NothingIsIntendedAfterTheEnd) {
    Schedule open(spec_of("poisson"), 0, 1, 1);
    open.end();
    EXPECT_EQ(open.peek(), std::nullopt);
    Schedule closed(spec_of("closed"), 0, 1, 1);
    closed.pop();
    closed.end();
    closed.completed(1ms);
    EXPECT_EQ(closed.peek(), std::nullopt);
}

TEST(Schedule, ClassesFollowTheirWeightsAndTheSeed) {
    const TrialSpec spec = spec_of("closed");
    Schedule one(spec, 0, 2, 1);
    Schedule same(spec, 0, 2, 1);
    Schedule other(spec, 1, 2, 1);
    int heavy = 0;
    int differing = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto drawn = one.draw_class();
        EXPECT_EQ(drawn, same.draw_class());
        differing += drawn != other.draw_class() ? 1 : 0;
        heavy += drawn == 1 ? 1 : 0;
    }
    EXPECT_NEAR(heavy, 2500, 150);
    EXPECT_GT(differing, 3000);
}

}  // namespace
}  // namespace contend
