#include "models/cpu_burner.h"

#include <algorithm>
#include <cstdint>

#include "core/thread_cpu.h"

namespace contend {

namespace {

// Iterations between two looks at the flags, which takes half a microsecond or so.
constexpr int kIterations = 500;

// Marsaglia's xorshift. Each iteration depends on the one before, and the result is used.
std::uint64_t spin(std::uint64_t value) noexcept {
    for (int i = 0; i < kIterations; ++i) {
        value ^= value << 13;
        value ^= value >> 7;
        value ^= value << 17;
    }
    return value;
}

}  // namespace

// Looks at the clock seldom: to read it is a system call in which the kernel accounts for the
// thread and may end its slice, while a thread that really computes is preempted by the tick
// alone. Under a lock that others wait for, that decides who gets it next.
Nanoseconds burn_cpu(Nanoseconds duration, const std::atomic<bool>& interrupted,
                     const std::atomic<bool>& stopping) noexcept {
    const Nanoseconds begin = thread_cpu();
    Nanoseconds left = duration;
    std::uint64_t value = 1;
    std::int64_t spins = 0;  // so far
    while (true) {
        // Of what is left 7/8, at the pace so far, but not much more than that was measured over.
        const auto used = std::max<std::int64_t>((duration - left).count(), 1);
        const double share = 0.875 * static_cast<double>(left.count()) / static_cast<double>(used);
        const auto until =
            spins +
            std::max<std::int64_t>(
                1, static_cast<std::int64_t>(std::min(share, 8.0) * static_cast<double>(spins)));
        bool ends = false;
        while (spins < until && !ends) {
            value = spin(value);
            ++spins;
            if (value == 0 || stopping.load(std::memory_order_relaxed)) {  // xorshift: never 0
                return Nanoseconds(0);
            }
            ends = interrupted.load(std::memory_order_relaxed);
        }
        left = duration - (thread_cpu() - begin);
        if (ends || left <= Nanoseconds(0)) {
            return std::max(left, Nanoseconds(0));
        }
    }
}

}  // namespace contend
