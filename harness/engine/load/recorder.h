// What one worker saw, in the terms of interface.md's "Which requests count, and how".
//
// Knows the measure window and no sockets. Record calls allocate nothing. Owned by one
// worker while the trial runs; the load generator merges recorders afterwards.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "core/trial_result.h"
#include "core/trial_spec.h"
#include "exchange/exchange.h"
#include "load/late_sends.h"
#include "load/latency_log.h"

namespace contend {

class Recorder {
   public:
    explicit Recorder(const TrialSpec& spec);

    /// Sets the measure window, whose end is TimePoint::max() while it is not known.
    void begin(TimePoint measure_begin, TimePoint measure_end);

    /// The window ended sooner than planned. REQUIRES: end lies within it.
    void cut_short(TimePoint end) noexcept;

    [[nodiscard]] bool in_window(TimePoint time) const noexcept {
        return time >= begin_ && time < end_;
    }

    void scheduled(const Exchange& exchange) noexcept;
    /// Of the spec's, at an intended time within the measure phase.
    [[nodiscard]] std::uint32_t stage_at(TimePoint time) const noexcept;

    /// In the order of their sends; what late sends may have done to it is written into it.
    void sent(Exchange& exchange) noexcept;
    void resent(const Exchange& exchange) noexcept;

    /// The kernel had the response `receive_lag` before the generator read it.
    void stamped(const Exchange& exchange, Nanoseconds receive_lag) noexcept;

    /// The request has ended at `at`: its response was complete, or it was given up. The worker
    /// learnt it at `now`.
    void ended(const Exchange& exchange, Outcome outcome, TimePoint at, TimePoint now) noexcept;

    void received(std::size_t bytes, TimePoint at) noexcept {
        bytes_received_ += in_window(at) ? bytes : 0;
    }
    void wrong_status(const Exchange& exchange, int status) noexcept {
        if (exchange.measured) {
            ++wrong_statuses_[static_cast<std::size_t>(std::clamp(status, 0, kLastStatus))];
        }
    }
    /// Bytes that nobody asked for ended a connection.
    void unasked(TimePoint at) noexcept { unasked_responses_ += in_window(at) ? 1 : 0; }
    void connected(Nanoseconds took) noexcept {
        ++connections_opened_;
        connect_time_.record(took);
    }
    void shook_hands(Nanoseconds took, bool has_resumed) noexcept {
        handshake_time_.record(took);
        handshakes_resumed_ += has_resumed ? 1 : 0;
    }

    [[nodiscard]] std::uint64_t scheduled_count() const noexcept { return scheduled_; }

    /// The latencies in order of time; what is finished of it may be read by any thread.
    [[nodiscard]] const LatencyLog& latency_log() const noexcept { return latency_log_; }

    /// Adds what was recorded to `result`, whose classes and slices have been laid out by
    /// lay_out() for the same spec.
    void add_to(TrialResult& result) const;

    /// Empty classes and slices for a measure phase of `duration`.
    static void lay_out(const TrialSpec& spec, Nanoseconds duration, TrialResult& result);

   private:
    static constexpr int kLastStatus = 999;

    struct PerClass {
        OutcomeCounts requests;
        Histogram latency;
        Histogram latency_low;
        Histogram latency_high;
        Histogram service_time;
        Nanoseconds lowest_lower_bound = Nanoseconds::max();
    };

    [[nodiscard]] bool has_stages() const noexcept { return !stages_.empty(); }
    void count_ok(TimePoint at) noexcept;

    [[nodiscard]] Slice& slice_at(TimePoint time) noexcept;

    void count_in_flight(TimePoint now, int change) noexcept {
        in_flight_time_ +=
            static_cast<double>(in_flight_) * static_cast<double>((now - in_flight_since_).count());
        in_flight_since_ = now;
        in_flight_ += change;
    }

    TimePoint begin_{};
    TimePoint end_{};
    std::uint64_t scheduled_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t disturbed_ = 0;
    bool is_open_;
    LateSends late_sends_;
    std::uint64_t completed_ok_ = 0;
    std::uint64_t bytes_received_ = 0;
    std::uint64_t unasked_responses_ = 0;
    std::uint64_t connections_opened_ = 0;
    int in_flight_ = 0;  // of the measured requests
    TimePoint in_flight_since_{};
    double in_flight_time_ = 0.0;  // nanoseconds, each counted for every request in flight
    Histogram send_lag_;
    Histogram own_lateness_;
    Histogram receive_lag_;
    Histogram latency_as_read_;
    Histogram connect_time_;
    Histogram handshake_time_;
    std::uint64_t handshakes_resumed_ = 0;
    LatencyLog latency_log_;
    std::array<std::uint64_t, kLastStatus + 1> wrong_statuses_{};
    std::vector<PerClass> classes_;
    std::vector<StageResult> stages_;
    std::vector<TimePoint> stage_ends_;
    std::vector<Slice> slices_;
    std::size_t slice_ = 0;  // the present one; completions come in order of time
    TimePoint slice_end_{};
};

}  // namespace contend
