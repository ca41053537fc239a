// Connections whose responses are read slowly: each waits here until its next piece may be read.
//
// The owner is told by read_on(slot). Used by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "core/clock.h"
#include "load/connection.h"

namespace contend {

template <class Clock, class Transport, class Owner>
class SlowReads {
   public:
    using Slot = Connection<Transport>;

    SlowReads(Clock& clock, Transport& transport, Owner& owner)
        : clock_(clock), owner_(owner), timer_(transport) {}

    /// When a response of which `bytes` have come, of a request that was sent at `sent`, may be
    /// read on.
    static TimePoint due(TimePoint sent, std::uint64_t bytes, std::uint64_t bytes_per_s) {
        const double seconds = static_cast<double>(bytes) / static_cast<double>(bytes_per_s);
        return sent +
               std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(seconds));
    }

    /// REQUIRES: nothing is received on the slot.
    void wait(Slot& slot, TimePoint due) {
        const bool is_next = waiting_.empty() || due < waiting_.top().due;
        waiting_.push({due, &slot, slot.generation});
        if (is_next) {
            arm();
        }
    }

    void cancel() { timer_.cancel(); }

   private:
    struct Waiting {
        TimePoint due;
        Slot* slot;
        std::uint32_t generation;
        bool operator>(const Waiting& other) const noexcept { return due > other.due; }
    };

    void arm() {
        timer_.at(waiting_.top().due, [this] { read_on(); });
    }

    void read_on() {
        const TimePoint now = clock_.now();
        while (!waiting_.empty() && waiting_.top().due <= now) {
            const Waiting next = waiting_.top();
            waiting_.pop();
            if (next.slot->generation == next.generation) {
                owner_.read_on(*next.slot);
            }
        }
        if (!waiting_.empty()) {
            arm();
        }
    }

    Clock& clock_;
    Owner& owner_;
    typename Transport::Timer timer_;
    std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
};

}  // namespace contend
