#include "load/machine_probe.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <thread>

namespace contend {

namespace {

constexpr Nanoseconds kTimer = std::chrono::milliseconds(1);
constexpr std::size_t kMostGaps = 1 << 16;

void poll_clock(Nanoseconds polling, MachineProbe& probe) {
    const SteadyClock clock;
    GapLog log(kMostGaps);
    Nanoseconds step = Nanoseconds::max();
    std::int64_t readings = 0;
    const TimePoint begin = clock.now();
    log.begin(begin);
    TimePoint last = begin;
    while (last - begin < polling) {
        const TimePoint now = clock.now();
        ++readings;
        log.look(now);
        if (now > last) {
            step = std::min(step, now - last);
        }
        last = now;
    }
    probe.polled = last - begin;
    probe.clock_step = readings == 0 ? Nanoseconds(0) : step;
    probe.clock_cost = readings == 0 ? Nanoseconds(0) : probe.polled / readings;
    probe.gaps = log.gaps();
}

void sleep_on_timers(std::size_t timers, MachineProbe& probe) {
    const SteadyClock clock;
    for (std::size_t i = 0; i < timers; ++i) {
        const TimePoint due = clock.now() + kTimer;
        const auto whole = std::chrono::floor<std::chrono::seconds>(due.time_since_epoch());
        const timespec time{.tv_sec = whole.count(),
                            .tv_nsec = (due.time_since_epoch() - whole).count()};
        while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) != 0) {
        }
        probe.timer_lateness.record(clock.now() - due);
    }
}

}  // namespace

MachineProbe probe_machine(Nanoseconds polling, std::size_t timers) {
    MachineProbe probe;
    // A thread of its own, so that the caller's timer slack stays as it is.
    std::thread([&] {
        ::prctl(PR_SET_TIMERSLACK, 1);
        poll_clock(polling, probe);
        sleep_on_timers(timers, probe);
    }).join();
    return probe;
}

}  // namespace contend
