// The kernel's receive timestamps, on the monotonic clock.
//
// The kernel stamps packets with the realtime clock as they come in (SO_TIMESTAMPING,
// software). Realtime may be slewed or set, so its offset to the monotonic clock is sampled
// again and again. One thread only.
// Source: Linux, Documentation/networking/timestamping.rst.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <optional>

#include "core/clock.h"

namespace contend {

class ReceiveClock {
   public:
    /// Room for what recvmsg says beside the bytes.
    static constexpr std::size_t kControlSize = 128;

    /// Asks the kernel to stamp what this socket receives; false where it can't.
    static bool enable(int socket) noexcept;

    /// When the kernel received the last of what `message` brought, if it says so. `now` is the
    /// time of the call.
    std::optional<TimePoint> stamp_of(const msghdr& message, TimePoint now) noexcept;

   private:
    void sample(TimePoint now) noexcept;

    Nanoseconds offset_{0};  // monotonic less realtime
    std::optional<TimePoint> sampled_;
};

}  // namespace contend
