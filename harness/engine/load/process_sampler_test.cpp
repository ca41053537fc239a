#include "load/process_sampler.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include "core/thread_cpu.h"

namespace contend {
namespace {

void burn(Nanoseconds cpu) {
    for (const Nanoseconds end = thread_cpu() + cpu; thread_cpu() < end;) {
    }
}

TEST(ProcessSampler, CountsTheProcessAndItsDescendants) {
    int go[2];
    int done[2];
    ASSERT_EQ(::pipe(go), 0);
    ASSERT_EQ(::pipe(done), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        char byte = 0;
        // The grandchild burns, so that more than one generation is looked through.
        if (::read(go[0], &byte, 1) == 1 && ::fork() == 0) {
            burn(std::chrono::milliseconds(20));
            [[maybe_unused]] const auto told = ::write(done[1], &byte, 1);
            [[maybe_unused]] const auto held = ::read(go[0], &byte, 1);
            ::_exit(0);
        }
        ::wait(nullptr);
        ::_exit(0);
    }
    ProcessSampler sampler(::getpid());
    sampler.prepare();
    sampler.begin();
    char byte = 'x';
    ASSERT_EQ(::write(go[1], &byte, 1), 1);
    ASSERT_EQ(::read(done[0], &byte, 1), 1);
    const ServerUsage usage = sampler.end();
    ASSERT_EQ(::write(go[1], &byte, 1), 1);
    ::waitpid(child, nullptr, 0);
    EXPECT_GE(usage.cpu, std::chrono::milliseconds(20));
    EXPECT_GE(usage.max_threads, 3U);
    EXPECT_GT(usage.max_rss_bytes, 1'000'000U);
    EXPECT_GE(usage.voluntary_switches, 1U);
}

// Runs `work` in a child, which ends and is waited for.
template <class Work>
void in_a_child(Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
}

TEST(ProcessSampler, CountsWhatAChildUsesInTheMeasuredTimeAlone) {
    ProcessSampler sampler(::getpid());
    int go[2];
    int done[2];
    ASSERT_EQ(::pipe(go), 0);
    ASSERT_EQ(::pipe(done), 0);
    const pid_t child = ::fork();  // as a server that makes its workers in the warm-up
    if (child == 0) {
        burn(std::chrono::milliseconds(200));
        char byte = 'x';
        [[maybe_unused]] const auto told = ::write(done[1], &byte, 1);
        [[maybe_unused]] const auto held = ::read(go[0], &byte, 1);
        ::_exit(0);
    }
    char byte = 0;
    ASSERT_EQ(::read(done[0], &byte, 1), 1);
    sampler.prepare();
    sampler.begin();
    const ServerUsage usage = sampler.end();
    ASSERT_EQ(::write(go[1], &byte, 1), 1);
    ::waitpid(child, nullptr, 0);
    EXPECT_LT(usage.cpu, std::chrono::milliseconds(150));
    EXPECT_GE(usage.max_threads, 2U);
}

TEST(ProcessSampler, CountsChildrenThatCameAndWent) {
    ProcessSampler sampler(::getpid());
    sampler.prepare();
    sampler.begin();
    in_a_child([] { burn(std::chrono::milliseconds(100)); });
    EXPECT_GE(sampler.end().cpu, std::chrono::milliseconds(60));  // ticks of 10 ms, two of them
}

TEST(ProcessSampler, KnowsTheBusiestThread) {
    ProcessSampler sampler(::getpid());
    sampler.prepare();
    sampler.begin();
    burn(std::chrono::milliseconds(30));
    const ServerUsage usage = sampler.end();
    EXPECT_GE(usage.busiest_thread, std::chrono::milliseconds(29));
    EXPECT_GE(usage.cpu, std::chrono::milliseconds(29));
}

TEST(ProcessSampler, ReadsNoSingleOneOfAThousandThreads) {
    std::latch over(1);
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i <= ProcessSampler::kMostThreadsRead; ++i) {
        threads.emplace_back([&over] { over.wait(); });
    }
    ProcessSampler sampler(::getpid());
    sampler.prepare();
    sampler.begin();
    burn(std::chrono::milliseconds(30));
    const ServerUsage usage = sampler.end();
    over.count_down();
    EXPECT_GT(usage.max_threads, ProcessSampler::kMostThreadsRead);
    EXPECT_EQ(usage.busiest_thread, usage.cpu);
    EXPECT_FALSE(usage.voluntary_switches.has_value());
}

TEST(ProcessSampler, KnowsByHowMuchMemoryGrew) {
    ProcessSampler sampler(::getpid());
    sampler.prepare();
    sampler.begin();
    const std::vector<char> more(64U << 20U, 'x');
    const ServerUsage usage = sampler.end();
    EXPECT_GE(usage.rss_growth_bytes, 60U << 20U) << more.front();
    EXPECT_GT(usage.max_rss_bytes, usage.rss_growth_bytes);
}

TEST(ProcessSampler, RefusesAProcessThatIsNotThere) {
    EXPECT_THROW(ProcessSampler(4'194'305), std::system_error);
}

TEST(CpuTimes, TheStolenShareIsOfTheTimeInBetween) {
    const CpuTimes earlier{.total = 1000, .stolen = 10};
    EXPECT_DOUBLE_EQ((CpuTimes{.total = 1200, .stolen = 15}).stolen_share_since(earlier), 0.025);
    EXPECT_DOUBLE_EQ(earlier.stolen_share_since(earlier), 0.0);
    EXPECT_GT(CpuTimes::read().total, 0U);
}

}  // namespace
}  // namespace contend
