// The outcome of one trial: what was counted and timed, without any judgement.
//
// Built by the load generator after its threads have ended; plain values from then on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/gap_log.h"
#include "core/histogram.h"
#include "core/latency_series.h"
#include "core/outcome.h"
#include "core/sample.h"

namespace contend {

/// One second of the measure phase, by time of completion. The last one also holds what
/// completed while the trial drained, so its counts still add up to the trial's.
struct Slice {
    Nanoseconds start{0};   // from the start of the measure phase
    Nanoseconds length{0};  // shorter than a second at the end
    std::array<std::uint64_t, kOutcomeCount> by_outcome{};
    std::uint64_t completed_ok = 0;  // ok within the slice, whenever intended
    Histogram latency;               // of measure-phase requests that ended in this slice
};

struct ClassResult {
    std::string name;
    double share = 0.0;  // of the weights, as asked
    OutcomeCounts requests;
    Histogram latency;
    Histogram latency_low;
    Histogram latency_high;
    Histogram service_time;
    std::optional<Nanoseconds> lowest_lower_bound;  // of the entries that are ages
};

/// What was intended within one stage of the rate.
struct StageResult {
    OutcomeCounts requests;
    Histogram latency;
    Histogram latency_low;
    Histogram latency_high;
    std::uint64_t completed_ok = 0;                 // ok within the stage, whenever intended
    std::optional<Nanoseconds> lowest_lower_bound;  // of the entries that are ages
};

/// The server process and all its descendants, over the measure phase.
struct ServerUsage {
    Nanoseconds cpu{0};
    // The CPU time of the thread that used most of it; where the threads are too many to be read,
    // all of it, which is no less.
    Nanoseconds busiest_thread{0};
    std::uint64_t max_rss_bytes = 0;
    std::uint64_t rss_growth_bytes = 0;  // of that, what it did not have before the trial
    std::uint64_t end_rss_bytes = 0;
    std::uint64_t max_threads = 0;
    std::optional<std::uint64_t> voluntary_switches = 0;  // none where the threads are too many
    std::optional<std::uint64_t> involuntary_switches = 0;
};

struct TrialResult {
    Nanoseconds warmup{0};
    Nanoseconds duration{0};  // of the measure phase as it really was
    bool stopped = false;     // ended early, on demand

    OutcomeCounts requests;
    std::uint64_t completed_ok = 0;    // ok inside the measure window, whenever intended
    std::uint64_t sent = 0;            // of the measure phase's requests
    std::uint64_t bytes_received = 0;  // inside the measure window
    Histogram latency;
    // At a rate: as it might have been, had every request been sent when it was intended to be.
    Histogram latency_low;
    Histogram latency_high;
    Histogram service_time;
    Histogram send_lag;
    // The generator's own part of the send lag: what is left of it once there was a free
    // connection. The rest is the server's doing, which kept them all busy. It is in no latency.
    Histogram own_lateness;
    std::uint64_t disturbed = 0;  // requests whose latency late sends may have moved by over 50 us
    Histogram receive_lag;        // of the responses that the kernel stamped
    Histogram latency_as_read;    // the latency, were it to end when the generator had read
    bool kernel_stamps = false;   // asked for: in the open loop
    std::optional<Nanoseconds> lowest_lower_bound;  // a quantile from here on is a lower bound
    std::vector<ClassResult> classes;
    std::vector<StageResult> stages;  // of the spec's
    std::vector<Slice> slices;
    LatencySeries latency_series;  // of the measure phase, by time of completion

    std::map<int, std::uint64_t> wrong_statuses;  // of the measure phase's requests
    std::uint64_t unasked_responses = 0;  // that came behind a right one, or to an idle connection
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_missing = 0;  // of those asked for: they could not be opened
    Histogram connect_time;
    Histogram handshake_time;              // TLS: of each connection that was opened
    std::uint64_t handshakes_resumed = 0;  // of these

    Nanoseconds generator_cpu{0};  // the load threads', in the measure phase
    // How long before an intended send the load threads polled at the end: nothing where they
    // slept, Nanoseconds::max() where they always did.
    Nanoseconds poll_window{0};
    double busiest_thread_share = 0.0;  // of one load thread's time on its CPU, the highest
    std::uint64_t generator_max_rss_bytes = 0;
    // Of one load thread's time, the highest: ready to run, but waiting for its core.
    std::optional<double> run_queue_share;
    Nanoseconds stalled{0};  // the longest that one load thread stood still, in all
    Nanoseconds longest_stall{0};
    double stolen_share = 0.0;  // of the machine's time in the measure phase
    // The integral over time of the number of requests that have been sent and have not ended
    // (Little's law sets it beside their times).
    double in_flight_seconds = 0.0;
    std::optional<ServerUsage> server;
    std::optional<ServerUsage> beside;  // TrialSpec::beside_pid

    // Where the spec asks for samples: each thread's in order of their ends, and the times in
    // which a thread that should have polled did not.
    std::vector<Sample> samples;
    std::vector<Gap> gaps;
};

}  // namespace contend
