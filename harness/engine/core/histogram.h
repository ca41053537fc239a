// An HDR histogram of durations: constant relative error, mergeable, cheap to record into.
//
// Covers 1 ns to 1 hour with 3 significant digits (a value is off by at most 1/1000 of
// itself); larger values are counted at the highest. Memory is committed lazily, so that an
// empty histogram costs address space only. Record allocates nothing and takes no lock.
// Thread safety: none; each thread records into its own and they are merged afterwards.
// Layout and encoding: HdrHistogram, "HistogramEncoding V2" (HdrHistogram/HdrHistogram).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace contend {

class Histogram {
   public:
    Histogram();
    Histogram(const Histogram&);
    Histogram(Histogram&&) noexcept;
    Histogram& operator=(const Histogram&);
    Histogram& operator=(Histogram&&) noexcept;
    ~Histogram();

    /// Negative values are counted as 0.
    void record(Nanoseconds value) noexcept;
    void record(Nanoseconds value, std::uint64_t times) noexcept;
    void add(const Histogram& other) noexcept;
    void clear() noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept;
    /// Zero when empty, as are all the figures below.
    [[nodiscard]] Nanoseconds min() const noexcept;
    [[nodiscard]] Nanoseconds max() const noexcept;
    [[nodiscard]] double mean_ns() const noexcept;
    [[nodiscard]] double stddev_ns() const noexcept;
    /// The highest value equivalent to the one at rank ceil(quantile * count).
    /// REQUIRES: 0 <= quantile <= 1.
    [[nodiscard]] Nanoseconds value_at_quantile(double quantile) const noexcept;

    /// HdrHistogram V2, deflated, base64 ("HISTFAAA...").
    [[nodiscard]] std::string encode() const;
    /// Throws std::invalid_argument on anything that is not such an encoding.
    static Histogram decode(std::string_view text);
};

}  // namespace contend
