// How long it takes from one thread's signal to another's going on: condition variable,
// eventfd and futex, between two threads on one core and on two.
//
// The threads signal each other in turn. A round's time is that of both ways; p50 and p99 are
// of one way, from before the signal to after the wait.
#include <benchmark/benchmark.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/clock.h"
#include "cores.h"

namespace {

using contend::SteadyClock;
using contend::TimePoint;

class ConditionVariable {
   public:
    void signal() {
        {
            const std::lock_guard lock(mutex_);
            signalled_ = true;
        }
        condition_.notify_one();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        condition_.wait(lock, [this] { return signalled_; });
        signalled_ = false;
    }

   private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool signalled_ = false;
};

class EventDescriptor {
   public:
    EventDescriptor() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {}
    EventDescriptor(const EventDescriptor&) = delete;
    EventDescriptor& operator=(const EventDescriptor&) = delete;
    ~EventDescriptor() { ::close(descriptor_); }

    void signal() const { ::eventfd_write(descriptor_, 1); }
    void wait() const {
        eventfd_t value = 0;
        while (::eventfd_read(descriptor_, &value) < 0 && errno == EINTR) {
        }
    }

   private:
    int descriptor_;
};

class Futex {
   public:
    void signal() {
        word_.store(1, std::memory_order_release);
        ::syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
    void wait() {
        while (word_.exchange(0, std::memory_order_acquire) == 0) {
            ::syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
        }
    }

   private:
    std::atomic<int> word_{0};
    static_assert(sizeof(std::atomic<int>) == sizeof(int));
};

template <class Signal>
void handoff(benchmark::State& state) {
    const auto cores = state.range(0);
    if (cores == 2 && !contend::has_two_cores(state)) {
        return;
    }
    Signal there;
    Signal back;
    TimePoint signalled;  // handed over with the signals
    bool done = false;    // likewise
    contend::Histogram ways[2];
    std::thread other([&] {
        contend::pin_to(cores == 2 ? 0 : contend::last_core());
        while (true) {
            there.wait();
            if (done) {
                return;
            }
            ways[0].record(SteadyClock().now() - signalled);
            signalled = SteadyClock().now();
            back.signal();
        }
    });
    contend::pin_to(contend::last_core());
    for (auto _ : state) {
        signalled = SteadyClock().now();
        there.signal();
        back.wait();
        ways[1].record(SteadyClock().now() - signalled);
    }
    done = true;
    there.signal();
    other.join();
    ways[0].add(ways[1]);
    contend::count_quantiles(state, ways[0]);
}

BENCHMARK(handoff<ConditionVariable>)->ArgName("cores")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(handoff<EventDescriptor>)->ArgName("cores")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(handoff<Futex>)->ArgName("cores")->Arg(1)->Arg(2)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
