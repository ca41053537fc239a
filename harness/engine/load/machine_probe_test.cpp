#include "load/machine_probe.h"

#include <gtest/gtest.h>

namespace contend {
namespace {

using namespace std::chrono_literals;

TEST(MachineProbe, LooksForAsLongAsItIsTold) {
    const MachineProbe probe = probe_machine(5ms, 3);
    EXPECT_GE(probe.polled, 5ms);
    EXPECT_GT(probe.clock_step, 0ns);
    EXPECT_GT(probe.clock_cost, 0ns);
    EXPECT_EQ(probe.timer_lateness.count(), 3U);
    for (const Gap& gap : probe.gaps) {
        EXPECT_GT(gap.end - gap.begin, GapLog::kLongestWork);
    }
}

TEST(MachineProbe, MeasuresNothingWhenItIsToldSo) {
    const MachineProbe probe = probe_machine(0ns, 0);
    EXPECT_EQ(probe.clock_step, 0ns);
    EXPECT_EQ(probe.timer_lateness.count(), 0U);
}

}  // namespace
}  // namespace contend
