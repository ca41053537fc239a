#include "load/stall_watch.h"

#include <gtest/gtest.h>

#include <functional>

namespace contend {
namespace {

using namespace std::chrono_literals;

// A timer that fires when the test says so: at its time or late.
struct HandFiredNetwork {
    class Timer {
       public:
        explicit Timer(HandFiredNetwork& network) : network_(network) {}
        void at(TimePoint time, std::function<void()> handler) {
            network_.due = time;
            network_.handler = std::move(handler);
        }
        void cancel() { network_.handler = nullptr; }

       private:
        HandFiredNetwork& network_;
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
        clock_.advance_to(network_.due + late);
        cpu_used += cpu;
        const auto handler = network_.handler;
        handler();
    }

    VirtualClock clock_;
    HandFiredNetwork network_;
    StallWatch<VirtualClock, HandFiredNetwork> watch_{clock_, network_, [] { return cpu_used; }};
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
    clock_.advance_to(network_.due + 25ms);
    watch_.end();
    EXPECT_EQ(watch_.stalled(), 25ms);
    EXPECT_FALSE(network_.handler);
}

}  // namespace
}  // namespace contend
