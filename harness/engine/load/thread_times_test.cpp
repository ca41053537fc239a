#include "load/thread_times.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

#include "core/thread_cpu.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

void stay_on(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(cpu), &set);
    ::sched_setaffinity(0, sizeof(set), &set);
}

void burn(Nanoseconds cpu) {
    for (const Nanoseconds end = thread_cpu() + cpu; thread_cpu() < end;) {
    }
}

TEST(ThreadTimes, TwoThreadsOnOneCoreWaitForEachOther) {
    if (!ThreadTimes::read().run_queue_delay) {
        GTEST_SKIP() << "the kernel keeps no scheduler statistics";
    }
    const int cpu = ::sched_getcpu();
    Nanoseconds waited{0};
    const auto share_the_core = [&waited, cpu](bool counted) {
        stay_on(cpu);
        const ThreadTimes before = ThreadTimes::read();
        burn(60ms);
        const ThreadTimes after = ThreadTimes::read();
        EXPECT_GE(after.cpu - before.cpu, 60ms);
        if (counted) {
            waited = *after.run_queue_delay - *before.run_queue_delay;
        }
    };
    std::thread first(share_the_core, true);
    std::thread second(share_the_core, false);
    first.join();
    second.join();
    EXPECT_GE(waited, 5ms);
}

}  // namespace
}  // namespace contend
