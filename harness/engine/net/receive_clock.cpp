#include "net/receive_clock.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#include <algorithm>
#include <cstring>
#include <ctime>

namespace contend {

namespace {

// A slewed clock gains or loses at most 500 ppm: 5 µs in this time, and usually nothing.
constexpr Nanoseconds kSampleInterval = std::chrono::milliseconds(10);

Nanoseconds since_epoch(const timespec& time) noexcept {
    return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

Nanoseconds read(clockid_t clock) noexcept {
    timespec time{};
    ::clock_gettime(clock, &time);
    return since_epoch(time);
}

}  // namespace

bool ReceiveClock::enable(int socket) noexcept {
    const int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    return ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) == 0;
}

std::optional<TimePoint> ReceiveClock::stamp_of(const msghdr& message, TimePoint now) noexcept {
    for (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(part))) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPING) {
            continue;
        }
        scm_timestamping stamps{};
        std::memcpy(&stamps, CMSG_DATA(part), sizeof(stamps));
        const timespec& software = stamps.ts[0];
        if (software.tv_sec == 0) {
            return std::nullopt;
        }
        if (!sampled_ || now - *sampled_ > kSampleInterval) {
            sample(now);
        }
        // A stamp can't lie in the future: what the sampling is off by must not show as such.
        return std::min(now, TimePoint(since_epoch(software) + offset_));
    }
    return std::nullopt;
}

// Between two readings of one clock the other is read; the narrowest of a few gaps decides.
void ReceiveClock::sample(TimePoint now) noexcept {
    Nanoseconds narrowest = Nanoseconds::max();
    for (int i = 0; i < 3; ++i) {
        const Nanoseconds before = read(CLOCK_MONOTONIC);
        const Nanoseconds real = read(CLOCK_REALTIME);
        const Nanoseconds after = read(CLOCK_MONOTONIC);
        if (after - before < narrowest) {
            narrowest = after - before;
            offset_ = before + (after - before) / 2 - real;
        }
    }
    sampled_ = now;
}

}  // namespace contend
