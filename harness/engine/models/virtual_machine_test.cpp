#include "models/virtual_machine.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "models/virtual_lock.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

// Threads of a test write down when they got somewhere.
class VirtualMachineTest : public testing::Test {
   protected:
    void run() {
        while (!events_.empty()) {
            events_.run_next();
        }
    }
    Nanoseconds now() const { return events_.now().time_since_epoch(); }

    Task<> compute(VirtualMachine& machine, Nanoseconds duration, std::vector<Nanoseconds>& ends) {
        co_await machine.compute(duration);
        ends.push_back(now());
    }

    EventQueue events_;
    std::vector<Nanoseconds> ends_;
};

TEST_F(VirtualMachineTest, ThreadsThatComputeShareACoreInSlices) {
    VirtualMachine machine(events_, 1, 0ns);
    machine.spawn(compute(machine, 9ms, ends_));
    machine.spawn(compute(machine, 3ms, ends_));
    machine.spawn(compute(machine, 4ms, ends_));
    run();
    EXPECT_EQ(ends_, (std::vector<Nanoseconds>{6ms, 13ms, 16ms}));
    EXPECT_EQ(machine.cpu_used(), 16ms);
}

TEST_F(VirtualMachineTest, AThreadHasACoreOfItsOwnWhereThereAreEnough) {
    VirtualMachine machine(events_, 2, 0ns);
    machine.spawn(compute(machine, 100ms, ends_));
    machine.spawn(compute(machine, 50ms, ends_));
    run();
    EXPECT_EQ(ends_, (std::vector<Nanoseconds>{50ms, 100ms}));
}

TEST_F(VirtualMachineTest, AFlagInterruptsComputing) {
    VirtualMachine machine(events_, 1, 0ns);
    VirtualFlag flag(machine);
    std::vector<Nanoseconds> left;
    const auto computing = [&]() -> Task<> {
        left.push_back(co_await machine.compute(100ms, &flag));
        left.push_back(co_await machine.compute(30ms, &flag));  // still raised
        flag.clear();
        left.push_back(co_await machine.compute(30ms, &flag));
    };
    const auto raising = [&]() -> Task<> {
        co_await machine.park(7ms);
        flag.raise();
    };
    machine.spawn(computing());
    machine.spawn(raising());
    run();
    EXPECT_EQ(left, (std::vector<Nanoseconds>{93ms, 30ms, 0ms}));
    EXPECT_EQ(machine.cpu_used(), 37ms);
    EXPECT_EQ(now(), 37ms);
}

TEST_F(VirtualMachineTest, AFlagInterruptsAThreadThatWaitsForACore) {
    VirtualMachine machine(events_, 1, 0ns);
    VirtualFlag flag(machine);
    Nanoseconds left{};
    const auto waiting = [&]() -> Task<> { left = co_await machine.compute(1ms, &flag); };
    const auto raising = [&]() -> Task<> {
        co_await machine.park(2ms);
        flag.raise();
    };
    machine.spawn(compute(machine, 3ms, ends_));
    machine.spawn(waiting());
    machine.spawn(raising());
    run();
    EXPECT_EQ(left, 1ms);
    EXPECT_EQ(machine.cpu_used(), 3ms);
}

TEST_F(VirtualMachineTest, AConditionWakesInOrderAndTimesOut) {
    VirtualMachine machine(events_, 1, 0ns);
    VirtualMutex mutex(machine);
    VirtualCondition condition(machine);
    std::vector<int> woken;
    std::vector<int> timed_out;
    const auto waiting = [&](int name, Nanoseconds timeout) -> Task<> {
        co_await mutex.lock();
        const bool late = co_await condition.wait_for(mutex, timeout);
        (late ? timed_out : woken).push_back(name);
        mutex.unlock();
    };
    const auto notifying = [&]() -> Task<> {
        co_await machine.park(10ms);
        condition.notify_one();
        condition.notify_one();
    };
    machine.spawn(waiting(1, 20ms));
    machine.spawn(waiting(2, 5ms));
    machine.spawn(waiting(3, 20ms));
    machine.spawn(waiting(4, 30ms));
    machine.spawn(notifying());
    run();
    EXPECT_EQ(woken, (std::vector<int>{1, 3}));
    EXPECT_EQ(timed_out, (std::vector<int>{2, 4}));
    EXPECT_EQ(now(), 30ms);
}

TEST_F(VirtualMachineTest, AMutexAdmitsOneAtATime) {
    VirtualMachine machine(events_, 2, 0ns);
    VirtualMutex mutex(machine);
    const auto holding = [&]() -> Task<> {
        co_await mutex.lock();
        co_await machine.compute(4ms);
        ends_.push_back(now());
        mutex.unlock();
    };
    machine.spawn(holding());
    machine.spawn(holding());
    run();
    EXPECT_EQ(ends_, (std::vector<Nanoseconds>{4ms, 8ms}));
}

TEST_F(VirtualMachineTest, WakingUpTakesItsTime) {
    VirtualMachine machine(events_, 1, 50us);
    const auto sleeping = [&]() -> Task<> {
        const bool timed_out = co_await machine.park(1ms);
        EXPECT_TRUE(timed_out);
        ends_.push_back(now());
    };
    machine.spawn(sleeping());
    run();
    EXPECT_EQ(ends_, (std::vector<Nanoseconds>{1100us}));
}

// What comes while it wakes up, its time being over, must not put its waking off.
TEST_F(VirtualMachineTest, AThreadWhoseTimeIsUpIsWokenOnce) {
    VirtualMachine machine(events_, 1, 50us);
    VirtualThread* sleeper = nullptr;
    const auto sleeping = [&]() -> Task<> {
        sleeper = &machine.current();
        EXPECT_TRUE(co_await machine.park(1ms));
        ends_.push_back(now());
    };
    const auto waking = [&]() -> Task<> {
        co_await machine.park(980us);  // goes on at 1080 us, at 1050 the other's time was up
        machine.unpark(*sleeper);
    };
    machine.spawn(sleeping());
    machine.spawn(waking());
    run();
    EXPECT_EQ(ends_, (std::vector<Nanoseconds>{1100us}));
}

TEST_F(VirtualMachineTest, WhatAThreadThrowsIsThrownByTheEvent) {
    VirtualMachine machine(events_, 1, 0ns);
    const auto inner = [&]() -> Task<int> {
        co_await machine.compute(1ms);
        throw std::runtime_error("inner");
    };
    const auto outer = [&]() -> Task<> { co_await inner(); };
    machine.spawn(outer());
    EXPECT_THROW(run(), std::runtime_error);
}

}  // namespace
}  // namespace contend
