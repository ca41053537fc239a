// What servers push over the channels that listen, and what they owe.
//
// What is pushed is an exchange that the server intends: it belongs to the phase of the time at
// which it was due. Push k of a stream is due k intervals after its start, which is as early as the
// earliest of its pushes says: the first one alone may have come late. None can be due before its
// stream was asked for. Each that is over is given to ended(push, outcome, at). Used by one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/outcome.h"
#include "core/trial_spec.h"
#include "exchange/exchange.h"
#include "exchange/registry.h"

namespace contend {

class Listeners {
   public:
    /// Channels that listen are the first of all, in the order of their numbers.
    Listeners(const TrialSpec& spec, const Pushes& pushes)
        : timeout_(spec.timeout), interval_(pushes.interval), streams_(pushes.connections) {
        const auto pushed = std::ranges::find_if(spec.classes, &RequestClass::pushed);
        class_index_ = static_cast<std::uint32_t>(pushed - spec.classes.begin());
    }

    /// Until then nothing that comes is measured.
    void begin(TimePoint measure_begin, TimePoint measure_end) noexcept {
        measure_begin_ = measure_begin;
        measure_end_ = measure_end;
    }

    /// The stream stands. It was asked for at `asked`.
    void opened(std::size_t channel, TimePoint asked) noexcept {
        streams_[channel].stands = true;
        streams_[channel].asked = asked;
        streams_[channel].counted = 0;
    }

    /// `heard` have come since then, the last at `at`.
    template <class OnEnded>
    void heard(std::size_t channel, std::uint64_t heard, TimePoint at, OnEnded ended) {
        Stream& stream = streams_[channel];
        if (!stream.stands) {
            return;
        }
        settle(stream, at, ended);
        const bool owed = is_draining_ && owes(stream);
        while (stream.counted < heard) {
            // Of those that were heard together the last one says the earliest start.
            const TimePoint earliest = at - intervals(heard - 1);
            stream.start = stream.counted == 0 ? earliest : std::min(stream.start, earliest);
            const Nanoseconds since_start = intervals(stream.counted++);
            const bool too_early = at + interval_ / kEarlyPart < stream.asked + since_start;
            const TimePoint due = stream.start + since_start;
            ended(push(due), too_early ? Outcome::kProtocol : Outcome::kOk, std::max(at, due));
        }
        owing_ -= owed && !owes(stream) ? 1 : 0;
    }

    /// It does not stand any more: what would have come next fails, and what is due until it stands
    /// again.
    template <class OnEnded>
    void lost(std::size_t channel, Outcome outcome, TimePoint now, OnEnded ended) {
        Stream& stream = streams_[channel];
        if (!stream.stands) {
            return;
        }
        owing_ -= is_draining_ && owes(stream) ? 1 : 0;
        const TimePoint due = std::min(next(stream).value_or(now), now);
        ended(push(due), outcome, now);
        stream.owed = due + interval_;
        stream.stands = false;
    }

    /// Nothing that is due after `end` is measured.
    void drain(TimePoint end) {
        measure_end_ = end;
        is_draining_ = true;
        owing_ = std::ranges::count_if(streams_, [this](const Stream& one) { return owes(one); });
    }

    /// Whether some of what was due has not come; false before drain().
    [[nodiscard]] bool owing() const noexcept { return owing_ > 0; }

    template <class OnEnded>
    void give_up(TimePoint now, OnEnded ended) {
        for (Stream& stream : streams_) {
            for (; owes(stream); ++stream.counted) {
                const TimePoint due = *next(stream);
                const bool is_late = now - due >= timeout_;
                ended(push(due), is_late ? Outcome::kTimeout : Outcome::kUnfinished, now);
            }
        }
        owing_ = 0;
    }

    /// What was due of those that do not stand.
    template <class OnEnded>
    void close(TimePoint now, OnEnded ended) {
        for (Stream& stream : streams_) {
            settle(stream, std::min(now, measure_end_), ended);
        }
    }

   private:
    // A timer may fire a little early; a push that comes this part of its interval before it can be
    // due comes at no interval.
    static constexpr int kEarlyPart = 4;

    struct Stream {
        bool stands = false;
        TimePoint asked{};
        TimePoint start{};                  // of its pushes' times
        std::uint64_t counted = 0;          // that have ended since it was opened
        TimePoint owed = TimePoint::max();  // since it broke: when the next push was due
    };

    [[nodiscard]] Nanoseconds intervals(std::uint64_t count) const {
        return interval_ * static_cast<std::int64_t>(count);
    }

    // When the next one is due; none before the first.
    [[nodiscard]] std::optional<TimePoint> next(const Stream& stream) const {
        return stream.counted == 0 ? std::nullopt
                                   : std::optional(stream.start + intervals(stream.counted));
    }

    // Of one that broke, what was due before `until`.
    template <class OnEnded>
    void settle(Stream& stream, TimePoint until, OnEnded ended) {
        if (stream.owed == TimePoint::max()) {
            return;
        }
        for (; stream.owed < until; stream.owed += interval_) {
            ended(push(stream.owed), Outcome::kReset, until);
        }
        stream.owed = TimePoint::max();
    }

    [[nodiscard]] bool owes(const Stream& stream) const {
        const auto due = stream.stands ? next(stream) : std::nullopt;
        return due && *due < measure_end_;
    }

    [[nodiscard]] Exchange push(TimePoint due) const {
        Exchange push;
        push.intended = due;
        push.class_index = class_index_;
        push.measured = due >= measure_begin_ && due < measure_end_;
        return push;
    }

    Nanoseconds timeout_;
    Nanoseconds interval_;
    std::vector<Stream> streams_;
    std::uint32_t class_index_ = 0;  // of what is pushed
    TimePoint measure_begin_ = TimePoint::max();
    TimePoint measure_end_{};
    std::ptrdiff_t owing_ = 0;  // streams, while draining
    bool is_draining_ = false;
};

}  // namespace contend
