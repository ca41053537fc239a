#include "core/histogram.h"

#include <sys/mman.h>

#include <cmath>
#include <new>
#include <utility>

namespace contend {

// Pages of its own, not the heap's: what the heap hands out again it must write zeros to, and
// then every page of it is in memory. Without huge pages, for the same reason.
Histogram::Histogram() {
    void* const pages = ::mmap(nullptr, kLength * sizeof(std::uint64_t), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) {
        throw std::bad_alloc();
    }
    counts_.reset(static_cast<std::uint64_t*>(pages));
    // Refused by kernels that have no huge pages: then there is nothing to leave out.
    ::madvise(pages, kLength * sizeof(std::uint64_t), MADV_NOHUGEPAGE);
}

void Histogram::Unmap::operator()(std::uint64_t* counts) const noexcept {
    ::munmap(counts, kLength * sizeof(std::uint64_t));
}

Histogram::Histogram(const Histogram& other) : Histogram() { add(other); }

// What was moved from may be destroyed and assigned to, nothing else.
Histogram::Histogram(Histogram&& other) noexcept = default;
Histogram& Histogram::operator=(Histogram&& other) noexcept = default;

Histogram& Histogram::operator=(const Histogram& other) {
    if (this != &other) {
        *this = Histogram(other);
    }
    return *this;
}

void Histogram::add(const Histogram& other) noexcept {
    for (std::size_t i = other.first(); i < other.last(); ++i) {
        counts_[i] += other.counts_[i];
    }
    count_ += other.count_;
    clamped_ += other.clamped_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
}

void Histogram::clear() noexcept {
    std::fill(&counts_[first()], &counts_[last()], 0);
    count_ = 0;
    clamped_ = 0;
    min_ = kHighest;
    max_ = 0;
}

Nanoseconds Histogram::min() const noexcept {
    return Nanoseconds(count_ == 0 ? 0 : lowest_of(first()));
}

Nanoseconds Histogram::max() const noexcept {
    return Nanoseconds(count_ == 0 ? 0 : highest_of(last() - 1));
}

double Histogram::mean_ns() const noexcept {
    double sum = 0.0;
    for (std::size_t i = first(); i < last(); ++i) {
        sum += static_cast<double>(counts_[i]) * middle_of(i);
    }
    return count_ == 0 ? 0.0 : sum / static_cast<double>(count_);
}

double Histogram::stddev_ns() const noexcept {
    const double mean = mean_ns();
    double squares = 0.0;
    for (std::size_t i = first(); i < last(); ++i) {
        const double off = middle_of(i) - mean;
        squares += static_cast<double>(counts_[i]) * off * off;
    }
    return count_ == 0 ? 0.0 : std::sqrt(squares / static_cast<double>(count_));
}

Nanoseconds Histogram::value_at_quantile(double quantile) const noexcept {
    if (quantile <= 0.0) {
        return min();
    }
    if (quantile >= 1.0) {
        return max();
    }
    const double exact = quantile * static_cast<double>(count_);
    // 0.999 * 1000 is a little more than 999 in binary: the next rank would be wrong.
    const auto rank =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(exact * (1.0 - 1e-15))));
    std::uint64_t seen = 0;
    for (std::size_t i = first(); i < last(); ++i) {
        seen += counts_[i];
        if (seen >= rank) {
            return Nanoseconds(highest_of(i));
        }
    }
    return max();  // empty, or so many that a double's count is rounded up
}

std::uint64_t Histogram::count_above(Nanoseconds value) const noexcept {
    const std::int64_t clamped = std::clamp<std::int64_t>(value.count(), 0, kHighest);
    std::uint64_t above = 0;
    const std::size_t of_value = index_of(static_cast<std::uint64_t>(clamped));
    for (std::size_t i = std::max(first(), of_value + 1); i < last(); ++i) {
        above += counts_[i];
    }
    return above;
}

}  // namespace contend
