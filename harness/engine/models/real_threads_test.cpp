// The real driver's threads and locks, and the GIL's rules on them.
#include "models/real_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>

#include "models/gil.h"
#include "models/spinner.h"

// co_await asks an awaitable, and those of task.h have static members.
// NOLINTBEGIN(readability-static-accessed-through-instance)

namespace contend {
namespace {

using namespace std::chrono_literals;
using RealGil = Gil<RealThreads>;

Task<> sleep_for(RealThreads& threads, Nanoseconds duration, std::atomic<int>& ended) {
    co_await threads.sleep(duration);
    ++ended;
}

TEST(RealThreads, SleepAndComputingEndWhenTheyStop) {
    RealThreads threads;
    std::atomic<int> ended{0};
    const auto compute = [&]() -> Task<> {
        co_await threads.cpu(1h);
        ++ended;
    };
    ASSERT_TRUE(threads.spawn(sleep_for(threads, 1h, ended)));
    ASSERT_TRUE(threads.spawn(compute()));
    EXPECT_FALSE(threads.stopping());
    threads.request_stop();
    threads.join();
    EXPECT_EQ(ended, 2);
}

TEST(RealThreads, SleepsAsLongAsItIsTold) {
    RealThreads threads;
    const TimePoint before = RealThreads::now();
    threads.sleep(2ms);
    EXPECT_GE(RealThreads::now() - before, 2ms);
}

TEST(RealThreads, JoinWaitsForThreadsThatThreadsSpawn) {
    RealThreads threads;
    std::atomic<int> ended{0};
    const auto spawn_one = [&]() -> Task<> {
        co_await threads.sleep(1ms);
        threads.spawn(sleep_for(threads, 1ms, ended));
        ++ended;
    };
    threads.spawn(spawn_one());
    threads.join();
    EXPECT_EQ(ended, 2);
}

TEST(RealThreads, AreDeafToSignals) {
    RealThreads threads;
    bool is_blocked = false;
    const auto look = [&]() -> Task<> {
        sigset_t blocked;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        is_blocked = ::sigismember(&blocked, SIGTERM) == 1;
        co_return;
    };
    threads.spawn(look());
    threads.join();
    EXPECT_TRUE(is_blocked);
    sigset_t own;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &own);
    EXPECT_EQ(::sigismember(&own, SIGTERM), 0);
}

TEST(RealGil, LetsOneThreadAtATimeHaveIt) {
    constexpr int kThreads = 4;
    constexpr int kTimes = 500;
    RealThreads threads;
    RealGil gil(threads, 1ms);
    int count = 0;  // no atomic: the lock guards it
    const auto add = [&]() -> Task<> {
        RealGil::Thread self(threads);
        co_await gil.enter(self);
        for (int i = 0; i < kTimes; ++i) {
            ++count;
            co_await gil.drop(self);
            co_await gil.take(self);
        }
        co_await gil.leave(self);
    };
    for (int i = 0; i < kThreads; ++i) {
        ASSERT_TRUE(threads.spawn(add()));
    }
    threads.join();
    EXPECT_EQ(count, kThreads * kTimes);
}

// One thread computes and never lets go of its own will.
TEST(RealGil, IsTakenFromWhoComputes) {
    RealThreads threads;
    RealGil gil(threads, 1ms);
    bool computed = false;  // guarded by the lock
    int switches = 0;
    std::atomic<bool> holds{false};
    const auto compute = [&]() -> Task<> {
        RealGil::Thread self(threads);
        co_await gil.enter(self);
        holds = true;
        holds.notify_all();
        co_await gil.compute(self, 1h);
        computed = true;
        co_await gil.leave(self);
    };
    const auto interrupt = [&]() -> Task<> {
        RealGil::Thread self(threads);
        holds.wait(false);
        for (int i = 0; i < 3; ++i) {
            co_await gil.enter(self);
            switches += computed ? 0 : 1;
            co_await gil.leave(self);
        }
        threads.request_stop();
    };
    ASSERT_TRUE(threads.spawn(compute()));
    ASSERT_TRUE(threads.spawn(interrupt()));
    threads.join();
    EXPECT_EQ(switches, 3);
    EXPECT_TRUE(computed);
}

TEST(RealGil, SpinnersShareItAndStop) {
    RealThreads threads;
    RealGil gil(threads, 1ms);
    ASSERT_TRUE(threads.spawn(spin(threads, gil)));
    ASSERT_TRUE(threads.spawn(spin(threads, gil)));
    RealGil::Thread self(threads);
    for (int i = 0; i < 3; ++i) {
        run_to_end(gil.enter(self));
        run_to_end(gil.leave(self));
    }
    threads.request_stop();
    threads.join();
}

}  // namespace
}  // namespace contend

// NOLINTEND(readability-static-accessed-through-instance)
