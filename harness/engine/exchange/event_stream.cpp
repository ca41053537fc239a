// Server-sent events beside HTTP/1.1: some connections listen to a stream each, the others ask.
//
// {interval} in the path of the class that is pushed stands for the interval in milliseconds;
// events are numbered by their ids from 0, so that one which is lost or comes twice is found. When
// each is due is the load's to say (load/listeners.h).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "exchange/event_stream_parser.h"
#include "exchange/registry.h"
#include "http/request_text.h"
#include "http/response_reader.h"
#include "http/text.h"

namespace contend {

namespace {

constexpr std::string_view kInterval = "{interval}";
constexpr int kOkStatus = 200;
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
};

class EventStream : public Session {
   public:
    explicit EventStream(std::shared_ptr<const Shared> shared) : shared_(std::move(shared)) {}

    [[nodiscard]] std::size_t capacity() const override { return 0; }
    [[nodiscard]] std::string_view greeting() const override { return shared_->request; }

    // It is open with its first event.
    Reading feed(std::string_view bytes, Events& events) override {
        const std::uint64_t before = heard_;
        bool in_step = true;
        const auto state = reader_.read(bytes, [&](std::string_view piece) {
            const bool fits = parser_.parse(piece, [&](const EventStreamParser::Event& event) {
                in_step = in_step && is_next(event);
                heard_ += in_step ? 1 : 0;
            });
            in_step = in_step && fits;
        });
        const int status = reader_.head().status;
        if (status != 0 && status != kOkStatus) {
            return {.goes_on = false};
        }
        const bool goes_on = in_step && state == ReadState::kIncomplete;
        if (before == 0 && heard_ > 0 && goes_on) {
            events.add(Event::Kind::kOpened);
        }
        if (heard_ > before) {
            events.add(Event::Kind::kPushed, heard_);
        }
        return {.goes_on = goes_on};
    }

    void reset(Events&) override {
        reader_.begin();
        parser_ = {};
        heard_ = 0;
    }

    // No exchanges begin here.
    std::string_view begin(std::size_t, const Exchange&) override { return {}; }
    void end(Events&) override {}

   private:
    [[nodiscard]] bool is_next(const EventStreamParser::Event& event) const {
        std::uint64_t number = 0;
        return http_text::whole_number(event.id, 10, number) && number == heard_ &&
               event.data == shared_->data;
    }

    std::shared_ptr<const Shared> shared_;
    ResponseReader reader_;
    EventStreamParser parser_;
    std::uint64_t heard_ = 0;  // events, of this connection
};

Pushes pushes(const TrialSpec& spec) {
    return {.connections = option(spec, kOptions[0]),
            .interval = std::chrono::milliseconds(option(spec, kOptions[1]))};
}

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

SessionMaker prepare_event_stream(const TrialSpec& spec) {
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
               .data = spec.classes.front().expect_body.value_or("")});
    TrialSpec asking = spec;
    asking.protocol = "http1";
    asking.protocol_options.clear();
    asking.classes.front() = {};  // keeps the others' places; it is never asked for
    return [shared, ask = prepare_sessions(asking),
            left = pushes(spec).connections]() mutable -> std::unique_ptr<Session> {
        if (left == 0) {
            return ask();
        }
        --left;
        return std::make_unique<EventStream>(shared);
    };
}

}  // namespace

extern const ProtocolKind kEventStream;
const ProtocolKind kEventStream{
    .name = "event-stream",
    .summary = "server-sent events, beside requests over HTTP/1.1",
    .prepare = &prepare_event_stream,
    .options = kOptions,
    .pushes = &pushes,
};

}  // namespace contend
