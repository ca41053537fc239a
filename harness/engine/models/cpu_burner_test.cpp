#include "models/cpu_burner.h"

#include <gtest/gtest.h>

#include <thread>

#include "core/thread_cpu.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

TEST(BurnCpu, TakesThatMuchOfTheThreadsCpu) {
    const std::atomic<bool> never{false};
    for (const Nanoseconds duration : {Nanoseconds(50us), Nanoseconds(5ms)}) {
        const Nanoseconds before = thread_cpu();
        EXPECT_EQ(burn_cpu(duration, never, never), 0ns);
        EXPECT_GE(thread_cpu() - before, duration);
    }
}

TEST(BurnCpu, SaysWhatIsLeftWhenItIsInterrupted) {
    const std::atomic<bool> never{false};
    std::atomic<bool> interrupted{true};
    const Nanoseconds left = burn_cpu(1h, interrupted, never);
    EXPECT_GT(left, 0ns);
    EXPECT_LT(left, 1h);

    interrupted = false;
    std::thread interrupter([&] { interrupted = true; });
    EXPECT_GT(burn_cpu(1h, interrupted, never), 0ns);
    interrupter.join();
}

TEST(BurnCpu, LeavesNothingWhenAllStops) {
    const std::atomic<bool> never{false};
    const std::atomic<bool> stopping{true};
    EXPECT_EQ(burn_cpu(1h, never, stopping), 0ns);
}

}  // namespace
}  // namespace contend
