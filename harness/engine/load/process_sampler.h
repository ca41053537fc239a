// CPU, memory, threads and context switches of a process and all its descendants, from /proc.
//
// begin() and end() bracket the measure phase; sample() in between catches the peaks.
// A process that comes or goes in between counts with what was seen of it, a thread that ends
// takes its context switches with it. One thread only.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "core/trial_result.h"

namespace contend {

class ProcessSampler {
   public:
    /// Throws std::system_error when there is no process `pid`.
    explicit ProcessSampler(int pid);

    void begin();
    void sample();
    /// The usage since begin().
    ServerUsage end();

   private:
    struct Switches {
        std::uint64_t voluntary = 0;
        std::uint64_t involuntary = 0;
    };

    void note_cpu();
    void note_peaks();
    [[nodiscard]] std::map<int, Switches> read_switches() const;  // by thread

    int pid_;
    std::set<int> family_;
    std::map<int, Nanoseconds> cpu_;  // by process, as last seen
    std::map<int, Nanoseconds> cpu_at_begin_;
    std::map<int, Switches> switches_at_begin_;
    std::uint64_t max_rss_bytes_ = 0;
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
