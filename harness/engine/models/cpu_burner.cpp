#include "models/cpu_burner.h"

#include <algorithm>
#include <cstdint>

#include "core/thread_cpu.h"

namespace contend {

namespace {

// Iterations between two looks at the clock, itself a system call of about 0.2 us.
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

Nanoseconds burn_cpu(Nanoseconds duration, const std::atomic<bool>& interrupted,
                     const std::atomic<bool>& stopping) noexcept {
    const Nanoseconds end = thread_cpu() + duration;
    std::uint64_t value = 1;
    while (true) {
        value = spin(value);
        if (value == 0 || stopping.load(std::memory_order_relaxed)) {  // xorshift never gives 0
            return Nanoseconds(0);
        }
        const Nanoseconds left = end - thread_cpu();
        if (left <= Nanoseconds(0) || interrupted.load(std::memory_order_relaxed)) {
            return std::max(left, Nanoseconds(0));
        }
    }
}

}  // namespace contend
