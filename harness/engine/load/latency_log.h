// What one worker keeps of the order of its latencies: coarse histograms of consecutive
// sub-batches, so that batches of any length can be formed afterwards, and while it runs.
//
// Sub-batches are by time of completion, on a grid that all workers share: that is when a
// latency is known. In order of intended times a sub-batch would stay open until its slowest
// request has ended; the two orders differ by no more than what is in flight, a small part of
// one autocorrelation time, and a batch has a hundred of those.
//
// The log is only ever written at its end, so that it needs no lock: an entry is immutable
// once the next one is open. Entries widen as the trial lasts (10 ms each up to 1.28 s, then
// twice as long at every doubling), so that an hour has 860 of them. The memory for a trial of
// two years is mapped at once, 33 MB of addresses, and committed as it is used: one or two pages
// an entry where latencies span a few octaves, 4 to 7 MB in all after an hour. Merging pairs when
// full, in place, would need a tenth of that, but readers would have to keep workers waiting,
// or workers would have to copy for them in the midst of measuring.
//
// Thread safety: one thread records; any may read what is finished, meanwhile. Recording
// allocates nothing and takes no lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/latency_series.h"

namespace contend {

class LatencyLog {
   public:
    static constexpr Nanoseconds kUnit = std::chrono::milliseconds(10);
    static constexpr std::uint64_t kMostSubBatches = 128;

    LatencyLog();

    /// Nothing may have been recorded. Times are counted from `begin`.
    void begin(TimePoint begin) noexcept;

    void record(Nanoseconds latency, TimePoint at) noexcept {
        if (at >= open_until_) {
            open(at);
        }
        ++open_entry_->counts[LatencySeries::index_of(latency)];
    }

    /// The sub-batches that every log has finished. Safe while they are recorded into.
    [[nodiscard]] static LatencySeries finished(std::span<const LatencyLog* const> logs);

    /// The sub-batches that lie within `duration`. REQUIRES: nothing is recorded any more.
    [[nodiscard]] static LatencySeries whole(std::span<const LatencyLog* const> logs,
                                             Nanoseconds duration);

   private:
    struct Entry {
        std::uint64_t start;  // in units from the beginning
        std::uint32_t counts[LatencySeries::kBuckets];
    };
    static constexpr std::size_t kDoublings = 26;
    static constexpr std::size_t kEntries = kMostSubBatches + kDoublings * kMostSubBatches / 2;

    /// The width, a power of two, by which so many units make at most kMostSubBatches.
    static std::uint64_t width_for(std::uint64_t units) noexcept;

    void open(TimePoint at) noexcept;
    static LatencySeries gather(std::span<const LatencyLog* const> logs, std::uint64_t units,
                                std::size_t open_entries);

    struct Unmap {
        void operator()(Entry* entries) const noexcept;
    };
    std::unique_ptr<Entry[], Unmap> entries_;
    Entry* open_entry_;
    TimePoint begin_{};
    TimePoint open_until_{};
    std::atomic<std::size_t> finished_{0};  // entries; the next one is open, its start is set
};

}  // namespace contend
