#include "load/recorder.h"

#include <algorithm>

namespace contend {

namespace {

constexpr Nanoseconds kSliceLength = std::chrono::seconds(1);

// Made before the first request; more would keep it waiting (half a second for a day's), so a
// longer trial makes its later slices when they come.
constexpr Nanoseconds kPlannedAhead = std::chrono::minutes(10);

std::vector<Slice> empty_slices(Nanoseconds duration) {
    std::vector<Slice> slices;
    for (Nanoseconds start{0}; start < duration; start += kSliceLength) {
        Slice slice;
        slice.start = start;
        slice.length = std::min(kSliceLength, duration - start);
        slices.push_back(std::move(slice));
    }
    return slices;
}

// A request whose latency late sends can't have moved by more than this was not disturbed.
constexpr Nanoseconds kUndisturbed = std::chrono::microseconds(50);

// Latency and service time hold what succeeded at its time and what was given up at its age,
// a lower bound; failures are counted only.
bool enters_latency(Outcome outcome) { return !is_failure(outcome); }

void lower(std::optional<Nanoseconds>& bound, Nanoseconds other) {
    if (other != Nanoseconds::max() && (!bound || other < *bound)) {
        bound = other;
    }
}

}  // namespace

Recorder::Recorder(const TrialSpec& spec)
    : is_open_(spec.rate_per_s > 0.0),
      late_sends_(spec.threads == 1),
      classes_(spec.classes.size()),
      stages_(spec.stages.size()) {
    TimePoint end{};
    for (const RateStage& stage : spec.stages) {
        stage_ends_.push_back(end += stage.length);  // from the measure phase's begin on
    }
}

void Recorder::begin(TimePoint measure_begin, TimePoint measure_end) {
    begin_ = measure_begin;
    end_ = measure_end;
    latency_log_.begin(begin_);
    // A phase that ends by a number of requests has no known length; its slices come one by one.
    slices_ = empty_slices(end_ == TimePoint::max() ? kSliceLength
                                                    : std::min(end_ - begin_, kPlannedAhead));
    slice_end_ = begin_ + kSliceLength;
    for (TimePoint& end : stage_ends_) {
        end += begin_.time_since_epoch();
    }
}

void Recorder::cut_short(TimePoint end) noexcept { end_ = end; }

std::uint32_t Recorder::stage_at(TimePoint time) const noexcept {
    const auto stage = std::ranges::upper_bound(stage_ends_, time);
    const auto last = static_cast<std::ptrdiff_t>(stage_ends_.size()) - 1;
    return static_cast<std::uint32_t>(
        std::max<std::ptrdiff_t>(0, std::min(stage - stage_ends_.begin(), last)));
}

void Recorder::scheduled(const Exchange& exchange) noexcept {
    if (exchange.measured) {
        ++scheduled_;
        ++classes_[exchange.class_index].requests.scheduled;
        if (has_stages()) {
            ++stages_[exchange.stage].requests.scheduled;
        }
    }
}

void Recorder::sent(Exchange& exchange) noexcept {
    if (is_open_) {
        late_sends_.sent(exchange);
    }
    if (exchange.measured) {
        ++sent_;
        count_in_flight(exchange.sent, 1);
        send_lag_.record(exchange.sent - exchange.intended);
        own_lateness_.record(exchange.own_lateness);
    }
}

void Recorder::resent(const Exchange& exchange) noexcept {
    if (exchange.measured) {
        ++classes_[exchange.class_index].requests.resent;
    }
}

void Recorder::stamped(const Exchange& exchange, Nanoseconds receive_lag) noexcept {
    if (exchange.measured) {
        receive_lag_.record(receive_lag);
    }
}

Slice& Recorder::slice_at(TimePoint time) noexcept {
    while (time >= slice_end_ && slice_end_ < end_) {
        if (++slice_ == slices_.size()) {
            slices_.emplace_back();
        }
        slice_end_ += kSliceLength;
    }
    return slices_[slice_];
}

// It was right, within the window.
void Recorder::count_ok(TimePoint at) noexcept {
    ++completed_ok_;
    ++slice_at(at).completed_ok;
    if (has_stages()) {
        ++stages_[stage_at(at)].completed_ok;
    }
}

void Recorder::ended(const Exchange& exchange, Outcome outcome, TimePoint at,
                     TimePoint now) noexcept {
    const bool ok_in_window = outcome == Outcome::kOk && in_window(at);
    LateSends::Range range;
    if (is_open_ && exchange.was_sent) {
        range = late_sends_.ended(exchange, at);
    }
    if (!exchange.measured) {
        // Warm-up work that completes in the window is part of the goodput, and of nothing else.
        if (ok_in_window) {
            count_ok(at);
        }
        return;
    }
    if (exchange.was_sent) {
        count_in_flight(now, -1);
    }
    if (ok_in_window) {
        count_ok(at);
    }
    Slice& slice = slice_at(at);
    ++slice.by_outcome[static_cast<std::size_t>(outcome)];
    PerClass& of_class = classes_[exchange.class_index];
    ++of_class.requests[outcome];
    if (has_stages()) {
        ++stages_[exchange.stage].requests[outcome];
    }
    if (!enters_latency(outcome)) {
        return;
    }
    // What was given up has waited for its timeout, whatever came before its send.
    const bool is_ok = outcome == Outcome::kOk;
    const Nanoseconds latency =
        at - exchange.intended - (is_ok ? exchange.own_lateness : Nanoseconds(0));
    slice.latency.record(latency);
    latency_as_read_.record(now - exchange.intended);
    latency_log_.record(latency, at);
    of_class.latency.record(latency);
    if (is_open_) {
        const Nanoseconds low = is_ok ? latency - range.lower : latency;
        const Nanoseconds high = is_ok ? latency + range.higher : latency;
        of_class.latency_low.record(low);
        of_class.latency_high.record(high);
        if (has_stages()) {
            StageResult& stage = stages_[exchange.stage];
            stage.latency.record(latency);
            stage.latency_low.record(low);
            stage.latency_high.record(high);
            if (!is_ok) {
                lower(stage.lowest_lower_bound, latency);
            }
        }
        disturbed_ += std::max(range.lower, range.higher) > kUndisturbed ? 1 : 0;
    }
    if (exchange.was_sent) {
        of_class.service_time.record(at - exchange.sent);
    }
    if (!is_ok) {
        of_class.lowest_lower_bound = std::min(of_class.lowest_lower_bound, latency);
    }
}

void Recorder::lay_out(const TrialSpec& spec, Nanoseconds duration, TrialResult& result) {
    const auto weight = [](const RequestClass& one) { return one.pushed ? 0.0 : one.weight; };
    double weights = 0.0;
    for (const auto& request_class : spec.classes) {
        weights += weight(request_class);
    }
    for (const auto& request_class : spec.classes) {
        ClassResult of_class;
        of_class.name = request_class.name;
        of_class.share = weight(request_class) / weights;
        result.classes.push_back(std::move(of_class));
    }
    result.stages.resize(spec.stages.size());
    result.slices = empty_slices(duration);
}

void Recorder::add_to(TrialResult& result) const {
    result.sent += sent_;
    result.in_flight_seconds += in_flight_time_ * 1e-9;
    result.completed_ok += completed_ok_;
    result.bytes_received += bytes_received_;
    for (std::size_t status = 0; status < wrong_statuses_.size(); ++status) {
        if (wrong_statuses_[status] > 0) {
            result.wrong_statuses[static_cast<int>(status)] += wrong_statuses_[status];
        }
    }
    result.unasked_responses += unasked_responses_;
    result.connections_opened += connections_opened_;
    result.send_lag.add(send_lag_);
    result.own_lateness.add(own_lateness_);
    result.disturbed += disturbed_;
    result.receive_lag.add(receive_lag_);
    result.latency_as_read.add(latency_as_read_);
    result.connect_time.add(connect_time_);
    result.handshake_time.add(handshake_time_);
    result.handshakes_resumed += handshakes_resumed_;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        StageResult& to = result.stages[i];
        to.requests += stages_[i].requests;
        to.latency.add(stages_[i].latency);
        to.latency_low.add(stages_[i].latency_low);
        to.latency_high.add(stages_[i].latency_high);
        to.completed_ok += stages_[i].completed_ok;
        lower(to.lowest_lower_bound, stages_[i].lowest_lower_bound.value_or(Nanoseconds::max()));
    }
    for (std::size_t i = 0; i < classes_.size(); ++i) {
        const PerClass& from = classes_[i];
        ClassResult& to = result.classes[i];
        to.requests += from.requests;
        to.latency.add(from.latency);
        to.latency_low.add(from.latency_low);
        to.latency_high.add(from.latency_high);
        to.service_time.add(from.service_time);
        lower(to.lowest_lower_bound, from.lowest_lower_bound);
        result.requests += from.requests;
        result.latency.add(from.latency);
        result.latency_low.add(from.latency_low);
        result.latency_high.add(from.latency_high);
        result.service_time.add(from.service_time);
        lower(result.lowest_lower_bound, from.lowest_lower_bound);
    }
    // A trial that was cut short has fewer slices than were planned; what drained past its
    // end belongs to the last one that is left.
    for (std::size_t i = 0; i < slices_.size() && !result.slices.empty(); ++i) {
        Slice& to = result.slices[std::min(i, result.slices.size() - 1)];
        const Slice& from = slices_[i];
        for (std::size_t k = 0; k < kOutcomeCount; ++k) {
            to.by_outcome[k] += from.by_outcome[k];
        }
        to.completed_ok += from.completed_ok;
        to.latency.add(from.latency);
    }
}

}  // namespace contend
