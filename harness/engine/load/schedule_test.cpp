#include "load/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

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

std::vector<std::uint32_t> classes_of(Schedule& schedule) {
    std::vector<std::uint32_t> classes(10'000);
    for (auto& drawn : classes) {
        drawn = schedule.draw_class();
        if (schedule.peek()) {
            schedule.pop();
        }
    }
    return classes;
}

TEST(Schedule, ClassesComeInExactShares) {
    Schedule schedule(spec_of("constant"), 0, 1, 1);
    const auto classes = classes_of(schedule);
    for (auto four = classes.begin(); four != classes.end(); four += 4) {
        EXPECT_EQ(std::count(four, four + 4, 1U), 1);
    }
}

TEST(Schedule, TheSameSeedGivesTheSameClassesWhateverTheArrivals) {
    const auto classes = [](const char* arrivals, double rate_per_s, std::uint64_t seed) {
        TrialSpec spec = spec_of(arrivals);
        spec.rate_per_s = rate_per_s;
        spec.seed = seed;
        Schedule schedule(spec, 1, 2, 64);
        return classes_of(schedule);
    };
    const auto expected = classes("closed", 0, 5);
    for (const char* arrivals : {"constant", "poisson", "bursts"}) {
        EXPECT_EQ(classes(arrivals, 100, 5), expected) << arrivals;
        EXPECT_EQ(classes(arrivals, 12'345, 5), expected) << arrivals;
    }
    EXPECT_NE(classes("closed", 0, 6), expected);
}

TEST(Schedule, EachWorkerDrawsClassesOfItsOwn) {
    Schedule one(spec_of("closed"), 0, 2, 1);
    Schedule other(spec_of("closed"), 1, 2, 1);
    const auto classes = classes_of(one);
    const auto others = classes_of(other);
    int differing = 0;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        differing += classes[i] != others[i] ? 1 : 0;
    }
    EXPECT_NEAR(differing, 3750, 250);  // as often as independent ones would: 2 × 3/4 × 1/4
}

}  // namespace
}  // namespace contend
