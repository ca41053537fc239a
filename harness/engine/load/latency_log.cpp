#include "load/latency_log.h"

#include <sys/mman.h>

#include <new>

namespace contend {

// Pages of its own, committed one by one: see histogram.cpp.
LatencyLog::LatencyLog() {
    void* const pages = ::mmap(nullptr, kEntries * sizeof(Entry), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) {
        throw std::bad_alloc();
    }
    entries_.reset(static_cast<Entry*>(pages));
    ::madvise(pages, kEntries * sizeof(Entry), MADV_NOHUGEPAGE);
    open_entry_ = &entries_[0];
}

void LatencyLog::Unmap::operator()(Entry* entries) const noexcept {
    ::munmap(entries, kEntries * sizeof(Entry));
}

void LatencyLog::begin(TimePoint begin) noexcept {
    begin_ = begin;
    open_until_ = begin + kUnit;
}

std::uint64_t LatencyLog::width_for(std::uint64_t units) noexcept {
    return std::bit_ceil((std::max<std::uint64_t>(units, 1) + kMostSubBatches - 1) /
                         kMostSubBatches);
}

// A request that ended while nothing was recorded for long leaves out the entries between: an
// empty sub-batch has none.
void LatencyLog::open(TimePoint at) noexcept {
    const auto unit = static_cast<std::uint64_t>((at - begin_) / kUnit);
    const std::uint64_t width = width_for(unit + 1);
    const std::uint64_t start = unit / width * width;
    const std::size_t finished = finished_.load(std::memory_order_relaxed);
    if (finished + 1 == kEntries) {
        open_until_ = TimePoint::max();  // two years on: the last one takes the rest
        return;
    }
    open_entry_ = &entries_[finished + 1];
    open_entry_->start = start;
    open_until_ = begin_ + kUnit * static_cast<std::int64_t>(start + width);
    finished_.store(finished + 1, std::memory_order_release);
}

LatencySeries LatencyLog::finished(std::span<const LatencyLog* const> logs) {
    std::uint64_t units = UINT64_MAX;
    for (const LatencyLog* log : logs) {
        const std::size_t open = log->finished_.load(std::memory_order_acquire);
        units = std::min(units, log->entries_[open].start);
    }
    return gather(logs, logs.empty() ? 0 : units, 0);
}

LatencySeries LatencyLog::whole(std::span<const LatencyLog* const> logs, Nanoseconds duration) {
    return gather(logs, static_cast<std::uint64_t>(duration / kUnit), 1);
}

LatencySeries LatencyLog::gather(std::span<const LatencyLog* const> logs, std::uint64_t units,
                                 std::size_t open_entries) {
    const std::uint64_t width = width_for(units);
    LatencySeries series;
    series.width = kUnit * static_cast<std::int64_t>(width);
    series.size = static_cast<std::size_t>(units / width);
    series.counts.resize(series.size * LatencySeries::kBuckets);
    for (const LatencyLog* log : logs) {
        const std::size_t entries = log->finished_.load(std::memory_order_acquire) + open_entries;
        for (std::size_t i = 0; i < entries; ++i) {
            const Entry& entry = log->entries_[i];
            const std::size_t row = entry.start / width;
            if (row >= series.size) {
                break;
            }
            for (std::size_t k = 0; k < LatencySeries::kBuckets; ++k) {
                series.counts[row * LatencySeries::kBuckets + k] += entry.counts[k];
            }
        }
    }
    return series;
}

}  // namespace contend
