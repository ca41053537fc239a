// The latencies of one trial in order of time: a coarse histogram for each of at most 128
// sub-batches of equal length, from which batch means and batch quantiles are formed.
//
// A plain value. A bucket is at most 1/128 of its values wide; what is computed from one is
// interpolated within it, and only how sub-batches differ is taken from here: the figures
// themselves come from the fine histogram.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/clock.h"

namespace contend {

struct LatencySeries {
    static constexpr std::int64_t kHighest = 3'600'000'000'000;  // one hour, as in Histogram
    static constexpr int kSubBucketBits = 8;
    static constexpr std::uint64_t kSubBuckets = 1U << kSubBucketBits;
    static constexpr std::uint64_t kHalf = kSubBuckets / 2;
    static constexpr std::size_t kBuckets =
        (static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(kHighest))) -
         kSubBucketBits + 2) *
        kHalf;

    /// Laid out as Histogram's, with fewer sub-buckets. Negative values are counted as 0, values
    /// above an hour as an hour.
    static constexpr std::size_t index_of(Nanoseconds latency) noexcept {
        const auto value =
            static_cast<std::uint64_t>(std::clamp<std::int64_t>(latency.count(), 0, kHighest));
        const auto octave =
            static_cast<int>(std::bit_width(value | (kSubBuckets - 1))) - kSubBucketBits;
        return static_cast<std::size_t>(
            (static_cast<std::uint64_t>(octave) << (kSubBucketBits - 1)) + (value >> octave));
    }
    /// The lowest value of a bucket; that of kBuckets ends the last one.
    static constexpr std::int64_t lowest_of(std::size_t index) noexcept {
        const int octave = index < kSubBuckets ? 0 : static_cast<int>(index / kHalf) - 1;
        return static_cast<std::int64_t>(index - static_cast<std::uint64_t>(octave) * kHalf)
               << octave;
    }

    Nanoseconds width{0};               // of each sub-batch
    std::size_t size = 0;               // sub-batches; all of them whole
    std::vector<std::uint64_t> counts;  // size rows of kBuckets
};

}  // namespace contend
