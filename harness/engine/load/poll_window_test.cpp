#include "load/poll_window.h"

#include <gtest/gtest.h>

namespace contend {
namespace {

using namespace std::chrono_literals;

// So many wake-ups, one a millisecond, of which one in a hundred is late by `late`.
PollWindow after(int wake_ups, Nanoseconds late, Nanoseconds usual = 20us,
                 Nanoseconds latency = 50us) {
    PollWindow window;
    TimePoint now{};
    for (int i = 0; i < wake_ups; ++i) {
        now += 1ms;
        window.completed(latency);
        window.sleeps();
        window.woke(i % 100 == 99 ? late : usual);
        window.look(now);
    }
    return window;
}

TEST(PollWindowTest, ItIsAsLongAsWakeUpsAreLate) {
    EXPECT_NEAR(static_cast<double>(after(3000, 150us).length().count()), 150e3, 20e3);
    EXPECT_NEAR(static_cast<double>(after(3000, 30us).length().count()), 30e3, 8e3);
}

TEST(PollWindowTest, ItFollowsAMachineThatChanges) {
    PollWindow window = after(3000, 150us);
    TimePoint now(3s);
    for (int i = 0; i < 8000; ++i) {
        now += 1ms;
        window.completed(50us);
        window.sleeps();
        window.woke(10us);
        window.look(now);
    }
    EXPECT_LT(window.length(), 20us);
}

TEST(PollWindowTest, LatenessThatDoesNotMatterIsLeft) {
    // 2% of 10 ms are 200 us: it sleeps until the send itself.
    EXPECT_EQ(after(3000, 150us, 20us, 10ms).length(), 0ns);
}

TEST(PollWindowTest, WhereItPolledAllTheTimeItTriesToSleepAgain) {
    PollWindow window = after(3000, 5ms, 5ms);
    ASSERT_GT(window.length(), 4ms);
    for (TimePoint now(3s); now < TimePoint(60s); now += 1ms) {  // no wake-up at all
        window.look(now);
    }
    EXPECT_LT(window.length(), 50us);
}

TEST(PollWindowTest, AFewWakeUpsSayNothing) {
    EXPECT_EQ(after(10, 150us).length(), PollWindow().length());
}

TEST(PollWindowTest, ItTakesNoCoreForATimerThatIsNone) {
    EXPECT_EQ(after(3000, 1s, 1s).length(), 10ms);
}

}  // namespace
}  // namespace contend
