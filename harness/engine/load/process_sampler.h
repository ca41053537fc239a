// CPU, memory, threads and context switches of a process and all its descendants, from /proc.
//
// begin() and end() bracket the measure phase; sample() in between catches the peaks. What takes
// long of a beginning, the scan of /proc and of each thread, prepare() has done shortly before: it
// would keep the generator from its core while it sends (2 ms for a server of 64 threads).
// A process that comes and goes in between counts with the CPU time that its parent has reaped
// (10 ms ticks), or with what was seen of it, whichever is more; a thread that ends takes its
// context switches with it. Of more than kMostThreadsRead threads none is read by itself: each
// costs 20 us of a core, which may be the generator's. One thread only.
#pragma once

#include <cstdint>
#include <map>

#include "core/trial_result.h"

namespace contend {

class ProcessSampler {
   public:
    static constexpr std::uint64_t kMostThreadsRead = 512;

    /// Throws std::system_error when there is no process `pid`.
    explicit ProcessSampler(int pid);

    /// Shortly before begin(). Threads are counted from here on.
    void prepare();
    void begin() noexcept;
    void sample();
    /// The usage since begin().
    ServerUsage end();

   private:
    struct Thread {
        Nanoseconds cpu{0};
        std::uint64_t voluntary = 0;
        std::uint64_t involuntary = 0;
    };
    struct Process {
        Nanoseconds cpu{0};     // its own, as last seen
        Nanoseconds reaped{0};  // of its children that have ended
        bool is_alive = true;
    };

    void look();
    void note_peaks();
    [[nodiscard]] bool are_few() const { return max_threads_ <= kMostThreadsRead; }
    [[nodiscard]] Nanoseconds cpu_since_begin() const;
    [[nodiscard]] std::map<int, Thread> read_threads() const;

    int pid_;
    std::map<int, Process> family_;  // all that were ever seen
    std::map<int, Process> family_at_begin_;
    std::map<int, Thread> threads_at_begin_;
    std::uint64_t max_rss_bytes_ = 0;
    std::uint64_t first_rss_bytes_ = 0;
    std::uint64_t last_rss_bytes_ = 0;
    std::uint64_t max_threads_ = 0;
};

/// Share of the machine's time since `earlier` that the hypervisor gave to others.
struct CpuTimes {
    std::uint64_t total = 0;
    std::uint64_t stolen = 0;

    static CpuTimes read();
    [[nodiscard]] double stolen_share_since(const CpuTimes& earlier) const noexcept;
};

}  // namespace contend
