// How late a timer wakes whom it was set for: what sleeping adds to an intended time.
//
// Each round sets one time, half a millisecond ahead, and sleeps until then; its time is how
// much later it went on. Slack is what the kernel may add in order to wake several sleepers at
// once: 50 us unless a thread asks for less, as load threads do. timerfds have none.
#include <benchmark/benchmark.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <ctime>

#include "core/clock.h"
#include "cores.h"
#include "load/pacer.h"
#include "net/socket_stream.h"

namespace {

using contend::Nanoseconds;
using contend::Pacing;
using contend::SocketNetwork;
using contend::SteadyClock;
using contend::TimePoint;

constexpr Nanoseconds kAhead = std::chrono::microseconds(500);
constexpr int kRounds = 1000;

timespec to_timespec(TimePoint time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
    return {.tv_sec = whole.count(), .tv_nsec = (time.time_since_epoch() - whole).count()};
}

class Nanosleep {
   public:
    static void until(TimePoint time) {
        const timespec end = to_timespec(time);
        while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, nullptr) == EINTR) {
        }
    }
};

class TimerDescriptor {
   public:
    TimerDescriptor() : descriptor_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {}
    TimerDescriptor(const TimerDescriptor&) = delete;
    TimerDescriptor& operator=(const TimerDescriptor&) = delete;
    ~TimerDescriptor() { ::close(descriptor_); }

    void until(TimePoint time) const {
        const itimerspec setting{.it_interval = {}, .it_value = to_timespec(time)};
        ::timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &setting, nullptr);
        std::uint64_t expiries = 0;
        while (::read(descriptor_, &expiries, sizeof(expiries)) < 0 && errno == EINTR) {
        }
    }

   private:
    int descriptor_;
};

// What epoll loops without timerfds do: the timeout of the poll itself.
class PollTimeout {
   public:
    static void until(TimePoint time) {
        while (true) {
            const Nanoseconds left = time - SteadyClock().now();
            if (left <= Nanoseconds(0)) {
                return;
            }
            const timespec timeout = to_timespec(TimePoint(left));
            ::ppoll(nullptr, 0, &timeout, nullptr);
        }
    }
};

class AsioTimer {
   public:
    void until(TimePoint time) {
        timer_.expires_at(time);
        timer_.async_wait([](const boost::system::error_code&) {});
        context_.restart();
        context_.run();
    }

   private:
    boost::asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    boost::asio::steady_timer timer_{context_};
};

template <class Timer>
void lateness(benchmark::State& state) {
    ::prctl(PR_SET_TIMERSLACK, state.range(0));
    Timer timer;
    contend::Histogram histogram;
    for (auto _ : state) {
        const TimePoint due = SteadyClock().now() + kAhead;
        timer.until(due);
        const Nanoseconds late = SteadyClock().now() - due;
        histogram.record(late);
        state.SetIterationTime(std::chrono::duration<double>(late).count());
    }
    contend::count_quantiles(state, histogram);
    ::prctl(PR_SET_TIMERSLACK, 0);  // the thread's default again
}

// The load generator's own pacing: who has nothing to do but to be on time.
void be_on_time(benchmark::State& state, Pacing pacing) {
    SteadyClock clock;
    SocketNetwork network({}, false, 0);
    contend::Pacer<SteadyClock, SocketNetwork> pacer(pacing, clock, network, nullptr);
    contend::Histogram histogram;
    pacer.begin();
    for (auto _ : state) {
        const TimePoint due = clock.now() + kAhead;
        Nanoseconds late{-1};
        while (late < Nanoseconds(0)) {
            pacer.wait(due, [] { return true; });
            late = clock.now() - due;
        }
        histogram.record(late);
        state.SetIterationTime(std::chrono::duration<double>(late).count());
    }
    contend::count_quantiles(state, histogram);
}

void pacing(benchmark::State& state, Pacing pacing) {
    ::prctl(PR_SET_TIMERSLACK, state.range(0));
    be_on_time(state, pacing);
    ::prctl(PR_SET_TIMERSLACK, 0);
}

constexpr int kDefaultSlack = 50'000;

BENCHMARK(lateness<Nanosleep>)
    ->ArgName("slack_ns")
    ->Arg(1)
    ->Arg(kDefaultSlack)
    ->Iterations(kRounds)
    ->UseManualTime();
BENCHMARK(lateness<PollTimeout>)
    ->ArgName("slack_ns")
    ->Arg(1)
    ->Arg(kDefaultSlack)
    ->Iterations(kRounds)
    ->UseManualTime();
BENCHMARK(lateness<TimerDescriptor>)
    ->ArgName("slack_ns")
    ->Arg(1)
    ->Arg(kDefaultSlack)
    ->Iterations(kRounds)
    ->UseManualTime();
BENCHMARK(lateness<AsioTimer>)
    ->ArgName("slack_ns")
    ->Arg(1)
    ->Arg(kDefaultSlack)
    ->Iterations(kRounds)
    ->UseManualTime();
BENCHMARK_CAPTURE(pacing, sleep, Pacing::kSleep)
    ->ArgName("slack_ns")
    ->Arg(1)
    ->Arg(kDefaultSlack)
    ->Iterations(kRounds)
    ->UseManualTime();
BENCHMARK_CAPTURE(pacing, spin, Pacing::kSpin)
    ->ArgName("slack_ns")
    ->Arg(1)
    ->Arg(kDefaultSlack)
    ->Iterations(kRounds)
    ->UseManualTime();
BENCHMARK_CAPTURE(pacing, busy, Pacing::kBusy)
    ->ArgName("slack_ns")
    ->Arg(1)
    ->Arg(kDefaultSlack)
    ->Iterations(kRounds)
    ->UseManualTime();

}  // namespace

BENCHMARK_MAIN();
