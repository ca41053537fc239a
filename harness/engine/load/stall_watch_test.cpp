#include "load/stall_watch.h"

#include <gtest/gtest.h>

#include <functional>

namespace contend {
namespace {

using namespace std::chrono_literals;

// A timer that fires when the test says so: at its time or late.
struct HandFiredTransport {
    class Timer {
       public:
        explicit Timer(HandFiredTransport& transport) : transport_(transport) {}
        void at(TimePoint time, std::function<void()> handler) {
            transport_.due = time;
            transport_.handler = std::move(handler);
        }
        void cancel() { transport_.handler = nullptr; }

       private:
        HandFiredTransport& transport_;
    };

    TimePoint due{};
    std::function<void()> handler;
};

Nanoseconds cpu_used{0};

class StallWatchTest : public testing::Test {
   protected:
    void SetUp() override {
        cpu_used = 0ns;
        watch_.begin();
    }

    void fire(Nanoseconds late, Nanoseconds cpu) {
        clock_.advance_to(transport_.due + late);
        cpu_used += cpu;
        const auto handler = transport_.handler;
        handler();
    }

    VirtualClock clock_;
    HandFiredTransport transport_;
    StallWatch<VirtualClock, HandFiredTransport> watch_{clock_, transport_,
                                                        [] { return cpu_used; }};
};

TEST_F(StallWatchTest, AThreadThatIsNeverLateNeverStoodStill) {
    for (int i = 0; i < 10; ++i) {
        fire(0ns, 1ms);
    }
    watch_.end();
    EXPECT_EQ(watch_.stalled(), 0ns);
}

TEST_F(StallWatchTest, CountsWhatIsLateAndUsedNoCpu) {
    fire(50ms, 1ms);
    fire(0ns, 20ms);
    fire(30ms, 20ms);
    EXPECT_EQ(watch_.stalled(), 80ms);
    EXPECT_EQ(watch_.longest(), 50ms);
}

TEST_F(StallWatchTest, WorkIsNoStall) {
    fire(50ms, 70ms);
    EXPECT_EQ(watch_.stalled(), 0ns);
    fire(50ms, 30ms);  // 40 ms of it off the CPU, 20 of which nothing was due in
    EXPECT_EQ(watch_.stalled(), 40ms);
}

TEST_F(StallWatchTest, AShortOneIsNotCounted) {
    fire(10ms - 1ns, 0ns);
    EXPECT_EQ(watch_.stalled(), 0ns);
    fire(10ms, 0ns);
    EXPECT_EQ(watch_.stalled(), 10ms);
}

TEST_F(StallWatchTest, AStallThatLastsToTheEndCounts) {
    clock_.advance_to(transport_.due + 25ms);
    watch_.end();
    EXPECT_EQ(watch_.stalled(), 25ms);
    EXPECT_FALSE(transport_.handler);
}

}  // namespace
}  // namespace contend
