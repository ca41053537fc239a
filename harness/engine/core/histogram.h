// An HDR histogram of durations: constant relative error, mergeable, cheap to record into.
//
// Covers 1 ns to 1 hour with 3 significant digits (a value is off by at most 1/1000 of
// itself); larger values are counted at the highest. Memory is committed page by page as it
// is recorded into, so that an empty histogram costs address space only, and a full one what
// its values span. Recording allocates nothing and takes no lock.
// Thread safety: none; each thread records into its own and they are merged afterwards.
// Layout and quantiles: HdrHistogram (G. Tene), with 2048 sub-buckets and unit magnitude 0.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace contend {

class Histogram {
   public:
    static constexpr std::int64_t kHighest = 3'600'000'000'000;  // one hour
    static constexpr int kSignificantDigits = 3;

    Histogram();
    Histogram(const Histogram& other);
    Histogram(Histogram&& other) noexcept;
    Histogram& operator=(const Histogram& other);
    Histogram& operator=(Histogram&& other) noexcept;
    ~Histogram() = default;

    /// Negative values are counted as 0, values above an hour as an hour.
    void record(Nanoseconds value, std::uint64_t times = 1) noexcept {
        if (times == 0) {
            return;
        }
        const std::int64_t clamped = std::clamp<std::int64_t>(value.count(), 0, kHighest);
        counts_[index_of(static_cast<std::uint64_t>(clamped))] += times;
        count_ += times;
        clamped_ += clamped == value.count() ? 0 : times;
        min_ = std::min(min_, clamped);
        max_ = std::max(max_, clamped);
    }
    void add(const Histogram& other) noexcept;
    void clear() noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// How many were below 0 or above an hour. No encoding holds it.
    [[nodiscard]] std::uint64_t clamped() const noexcept { return clamped_; }

    // All figures below are 0 when the histogram is empty. Values are those of their bucket, as
    // in HdrHistogram: its lowest for min(), which is quantile 0, its highest for max() and the
    // other quantiles, its middle for the moments.
    [[nodiscard]] Nanoseconds min() const noexcept;
    [[nodiscard]] Nanoseconds max() const noexcept;
    [[nodiscard]] double mean_ns() const noexcept;
    [[nodiscard]] double stddev_ns() const noexcept;
    /// The value at rank ceil(quantile * count), at least 1. REQUIRES: 0 <= quantile <= 1.
    [[nodiscard]] Nanoseconds value_at_quantile(double quantile) const noexcept;
    /// How many are above the bucket of `value`.
    [[nodiscard]] std::uint64_t count_above(Nanoseconds value) const noexcept;

    /// HdrHistogram's V2 encoding, deflated, in base64 ("HISTFAAA…").
    [[nodiscard]] std::string encode() const;
    /// Throws std::invalid_argument, saying what is wrong, on anything that is not such an
    /// encoding, has another resolution than this histogram's, or holds values above an hour.
    static Histogram decode(std::string_view text);

   private:
    static constexpr int kSubBucketBits = 11;  // 2048 > 2 * 10^3: three digits
    static constexpr std::uint64_t kSubBuckets = 1U << kSubBucketBits;
    static constexpr std::uint64_t kHalf = kSubBuckets / 2;

    // Bucket b holds values of b more bits than the first, each of its upper half's entries
    // 2^b wide; the first bucket alone uses its lower half too.
    static constexpr std::size_t index_of(std::uint64_t value) noexcept {
        const auto bucket =
            static_cast<int>(std::bit_width(value | (kSubBuckets - 1))) - kSubBucketBits;
        return static_cast<std::size_t>(
            (static_cast<std::uint64_t>(bucket) << (kSubBucketBits - 1)) + (value >> bucket));
    }
    static constexpr int bucket_of(std::size_t index) noexcept {
        return index < kSubBuckets ? 0 : static_cast<int>(index / kHalf) - 1;
    }
    static constexpr std::int64_t lowest_of(std::size_t index) noexcept {
        const int bucket = bucket_of(index);
        const std::uint64_t offset = static_cast<std::uint64_t>(bucket) * kHalf;
        return static_cast<std::int64_t>((index - offset) << bucket);
    }
    static constexpr std::int64_t width_of(std::size_t index) noexcept {
        return std::int64_t{1} << bucket_of(index);
    }
    static constexpr std::int64_t highest_of(std::size_t index) noexcept {
        return lowest_of(index) + width_of(index) - 1;
    }
    static constexpr double middle_of(std::size_t index) noexcept {
        return static_cast<double>(lowest_of(index)) + static_cast<double>(width_of(index) >> 1);
    }

    // The array ends where HdrHistogram's does: at the bucket that covers the highest value.
    static constexpr std::size_t kLength =
        (static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(kHighest))) -
         kSubBucketBits + 2) *
        kHalf;

    /// The entries from the lowest that was recorded to the highest; none when empty.
    [[nodiscard]] std::size_t first() const noexcept {
        return count_ == 0 ? 0 : index_of(static_cast<std::uint64_t>(min_));
    }
    [[nodiscard]] std::size_t last() const noexcept {
        return count_ == 0 ? 0 : index_of(static_cast<std::uint64_t>(max_)) + 1;
    }

    void decode_counts(std::string_view payload);

    struct Unmap {
        void operator()(std::uint64_t* counts) const noexcept;
    };
    std::unique_ptr<std::uint64_t[], Unmap> counts_;
    std::uint64_t count_ = 0;
    std::uint64_t clamped_ = 0;
    std::int64_t min_ = kHighest;
    std::int64_t max_ = 0;
};

}  // namespace contend
