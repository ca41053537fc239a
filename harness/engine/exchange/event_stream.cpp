// Server-sent events beside HTTP/1.1: some connections listen to a stream each, the others ask.
//
// Event k of a stream is due k intervals after its start, which is as early as the earliest of its
// events says: the first one alone may have come late. {interval} in the path of the class that is
// pushed stands for the interval in milliseconds; events are numbered by their ids from 0, so that
// one which is lost or comes twice is found, and none can be due before its stream was asked for.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "exchange/event_stream_parser.h"
#include "http/text.h"
#include "exchange/session.h"
#include "http/request_text.h"
#include "http/response_reader.h"

namespace contend {

namespace {

constexpr std::string_view kInterval = "{interval}";
constexpr int kOkStatus = 200;
// A timer may fire a little early; an event that comes this part of its interval before it can be
// due comes at no interval.
constexpr int kEarlyPart = 4;
constexpr std::array kOptions{
    ProtocolOption{"streams", "connections that listen, beside those that ask", 1},
    ProtocolOption{"interval_ms", "between two events of a stream", 1000},
};

std::uint64_t option(const TrialSpec& spec, const ProtocolOption& option) {
    const auto given = spec.protocol_options.find(std::string(option.name));
    return given == spec.protocol_options.end() ? option.standard : given->second;
}

// What all streams of a trial share.
struct Shared {
    std::string request;
    std::string data;
    Nanoseconds interval{0};
};

class EventStream : public Protocol {
   public:
    explicit EventStream(std::shared_ptr<const Shared> shared) : shared_(std::move(shared)) {
        parser_.begin(false);
    }

    [[nodiscard]] bool listens() const override { return true; }
    [[nodiscard]] std::string_view opening() const override { return shared_->request; }
    void opens(TimePoint at) override { asked_ = at; }

    Reply opened(std::string_view bytes) override {
        const bool goes_on = take(bytes).keep_alive;
        if (!goes_on || (parser_.status() != 0 && parser_.status() != kOkStatus)) {
            return {.complete = true, .outcome = goes_on ? Outcome::kStatus : Outcome::kProtocol};
        }
        return {.complete = heard_ > 0, .keep_alive = true};
    }

    Reply unasked(std::string_view bytes) override { return take(bytes); }

    std::optional<Push> pushed(TimePoint at) override {
        if (heard_ == counted_) {
            return std::nullopt;
        }
        // Of those that were heard together the last one says the earliest start.
        const TimePoint earliest = at - shared_->interval * static_cast<std::int64_t>(heard_ - 1);
        start_ = counted_ == 0 ? earliest : std::min(start_, earliest);
        const Nanoseconds since_start = shared_->interval * static_cast<std::int64_t>(counted_++);
        const bool too_early = at + shared_->interval / kEarlyPart < asked_ + since_start;
        return Push{.due = start_ + since_start,
                    .outcome = too_early ? Outcome::kProtocol : Outcome::kOk};
    }

    [[nodiscard]] std::optional<TimePoint> next_push() const override {
        return counted_ == 0 ? std::nullopt : std::optional(due(counted_));
    }

    void skip_push() override { ++counted_; }
    [[nodiscard]] Nanoseconds push_interval() const override { return shared_->interval; }

    void reset() override {
        parser_.begin(false);
        events_ = {};
        heard_ = counted_ = 0;
    }

    // No requests come this way.
    void carry(TimePoint) override {}
    std::string_view request(std::size_t) override { return {}; }
    Reply receive(std::string_view) override { return {}; }
    Reply end_of_stream() override { return {}; }
    [[nodiscard]] bool response_started() const override { return false; }
    [[nodiscard]] bool idempotent(std::size_t) const override { return false; }

   private:
    Reply take(std::string_view bytes) {
        bool in_step = true;
        const auto state = parser_.parse(bytes, [&](std::string_view piece) {
            const bool fits = events_.parse(piece, [&](const EventStreamParser::Event& event) {
                std::uint64_t number = 0;
                in_step = in_step && http_text::whole_number(event.id, 10, number) &&
                          number == heard_ && event.data == shared_->data;
                heard_ += in_step ? 1 : 0;
            });
            in_step = in_step && fits;
        });
        return {.keep_alive = in_step && state == ResponseParser::State::kIncomplete};
    }

    [[nodiscard]] TimePoint due(std::uint64_t number) const {
        return start_ + shared_->interval * static_cast<std::int64_t>(number);
    }

    std::shared_ptr<const Shared> shared_;
    ResponseParser parser_;
    EventStreamParser events_;
    TimePoint asked_{};          // when it was asked for
    TimePoint start_{};          // of its events' times
    std::uint64_t heard_ = 0;    // events, of this connection
    std::uint64_t counted_ = 0;  // of these, those that pushed() has given, and what was skipped
};

std::size_t streams(const TrialSpec& spec) { return option(spec, kOptions[0]); }

std::string request_of(const RequestClass& pushed, const TrialSpec& spec) {
    std::string path = pushed.path;
    if (const auto at = path.find(kInterval); at != std::string::npos) {
        path.replace(at, kInterval.size(), std::to_string(option(spec, kOptions[1])));
    }
    request_text::require_path(path);
    request_text::require_line("the host", spec.host);
    std::string text = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n",
                                   path, spec.host);
    for (const auto& [name, value] : pushed.headers) {
        request_text::require_token("a header's name", name);
        request_text::require_line(fmt::format("the header {}", name), value);
        text += fmt::format("{}: {}\r\n", name, value);
    }
    return text + "\r\n";
}

ProtocolMaker prepare_event_stream(const TrialSpec& spec) {
    if (spec.threads != 1 || spec.max_requests != 0) {
        throw std::invalid_argument(
            "event-stream: one thread, and a duration instead of a number of requests");
    }
    const auto is_pushed = [](const RequestClass& one) { return one.pushed; };
    if (spec.classes.size() < 2 || !spec.classes.front().pushed ||
        std::ranges::count_if(spec.classes, is_pushed) != 1) {
        throw std::invalid_argument(
            "event-stream: first the class that is pushed, then those that are asked for");
    }
    if (option(spec, kOptions[1]) == 0) {
        throw std::invalid_argument("event-stream: interval_ms must be at least 1");
    }
    const auto shared = std::make_shared<const Shared>(
        Shared{.request = request_of(spec.classes.front(), spec),
               .data = spec.classes.front().expect_body.value_or(""),
               .interval = std::chrono::milliseconds(option(spec, kOptions[1]))});
    TrialSpec asking = spec;
    asking.protocol = "http1";
    asking.protocol_options.clear();
    asking.classes.front() = {};  // keeps the others' places; it is never asked for
    return [shared, ask = prepare_protocol(asking),
            left = streams(spec)]() mutable -> std::unique_ptr<Protocol> {
        if (left == 0) {
            return ask();
        }
        --left;
        return std::make_unique<EventStream>(shared);
    };
}

}  // namespace

extern const ProtocolKind kEventStream;
const ProtocolKind kEventStream{"event-stream", "server-sent events, beside requests over HTTP/1.1",
                                &prepare_event_stream, kOptions, &streams};

}  // namespace contend
