// Counts of durations in buckets of an eighth of an octave: small, and quick to forget.
//
// A quantile is known within 12.5%, from above. Plain value; one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/clock.h"

namespace contend {

class CoarseCounts {
   public:
    /// What is longer than a quarter of an hour counts as that, what is negative as nothing.
    void record(Nanoseconds value) noexcept {
        ++counts_[index_of(value)];
        ++count_;
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

    /// The upper edge of the bucket that the quantile falls into. REQUIRES: count() > 0.
    [[nodiscard]] Nanoseconds quantile(double q) const noexcept {
        const auto wanted = static_cast<std::uint64_t>(q * static_cast<double>(count_));
        std::uint64_t below = 0;
        std::size_t index = 0;
        while (index + 1 < counts_.size() && (below += counts_[index]) <= wanted) {
            ++index;
        }
        return Nanoseconds(lowest_of(index + 1));
    }

    /// Every count is worth half from now on.
    void halve() noexcept {
        count_ = 0;
        for (auto& one : counts_) {
            count_ += one /= 2;
        }
    }

   private:
    static constexpr unsigned kDigits = 3;
    static constexpr std::int64_t kLongest = (std::int64_t{1} << 40) - 1;  // 18 minutes
    static constexpr std::size_t kBuckets = (40 - kDigits) * (1 << kDigits) + (1 << kDigits);

    static std::size_t index_of(Nanoseconds value) noexcept {
        const auto ns =
            static_cast<std::uint64_t>(std::clamp<std::int64_t>(value.count(), 0, kLongest));
        const auto octave = static_cast<std::size_t>(
            std::max(0, static_cast<int>(std::bit_width(ns)) - static_cast<int>(kDigits) - 1));
        return (octave << kDigits) + (ns >> octave);
    }
    static std::int64_t lowest_of(std::size_t index) noexcept {
        const std::size_t octave = index < (2U << kDigits) ? 0 : (index >> kDigits) - 1;
        return static_cast<std::int64_t>(index - (octave << kDigits)) << octave;
    }

    std::array<std::uint32_t, kBuckets> counts_{};
    std::uint64_t count_ = 0;
};

}  // namespace contend
