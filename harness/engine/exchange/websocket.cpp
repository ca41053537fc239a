// WebSocket echo: a request is a message, its response the message that comes back (RFC 6455).
//
// A message is the class's body, sent in one text frame; expect_body, where it is given, is what
// must come back, else the same message. All classes talk over the connection that the first one's
// path opens. With numbers of its own a message is told from the one before: an echo that comes
// twice is then never taken for the next one's.
#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "exchange/drawn_text.h"
#include "exchange/registry.h"
#include "exchange/websocket_link.h"

namespace contend {

namespace {

struct PreparedMessage {
    std::string frame;  // of the payload as it is without its numbers
    DrawnText payload;
    DrawnText expected;
    bool is_drawn = false;
};

struct Prepared {
    std::string handshake;
    std::vector<PreparedMessage> messages;
    std::uint64_t seed = 0;
};

class WebSocket : public Session {
   public:
    WebSocket(std::shared_ptr<const Prepared> prepared, std::size_t number)
        : prepared_(std::move(prepared)), random_(DrawnNumbers::stream(prepared_->seed, number)) {}

    [[nodiscard]] std::string_view greeting() const override { return prepared_->handshake; }

    std::string_view begin(std::size_t place, const Exchange& exchange) override {
        place_ = place;
        message_ = &prepared_->messages[exchange.class_index];
        is_in_flight_ = true;
        heard_bytes_ = 0;
        is_right_ = true;
        const DrawnNumbers numbers =
            message_->is_drawn ? DrawnNumbers::draw(random_) : DrawnNumbers{};
        expected_ = message_->expected.fill(own_expected_, numbers);
        if (!message_->is_drawn) {
            return message_->frame;
        }
        const std::string_view payload = message_->payload.fill(own_payload_, numbers);
        own_frame_ = message_->frame;
        const std::size_t start = own_frame_.size() - payload.size();
        for (std::size_t i = 0; i < payload.size(); ++i) {
            own_frame_[start + i] = websocket_text::masked(payload[i], i);
        }
        return own_frame_;
    }

    Reading feed(std::string_view bytes, Events& events) override {
        if (!link_.is_open()) {
            const auto handshake = link_.open(bytes);
            if (handshake != WebSocketLink::Handshake::kAgreed) {
                return {.goes_on = handshake == WebSocketLink::Handshake::kIncomplete};
            }
            events.add(Event::Kind::kOpened);
        }
        return is_in_flight_ ? hear(bytes, events) : overhear(bytes);
    }

    void end(Events& events) override { over(Outcome::kReset, events); }
    void reset(Events&) override {
        link_.reset();
        is_in_flight_ = false;
    }

   private:
    using FrameEvent = WebSocketFrames::Event;

    // What answers the message in flight.
    Reading hear(std::string_view bytes, Events& events) {
        int messages = 0;
        Outcome outcome = Outcome::kOk;
        const auto event = link_.take(
            bytes, [this](std::string_view piece) { check(piece); },
            [&] { outcome = ++messages == 1 ? judge() : Outcome::kProtocol; });
        // A second message, or the beginning of one, is too much.
        const bool is_over = event != FrameEvent::kIncomplete;
        const bool too_much = messages > 0 && !is_over && link_.in_message();
        if (event == FrameEvent::kMalformed || too_much) {
            outcome = Outcome::kProtocol;
        } else if (event == FrameEvent::kClose && messages == 0) {
            outcome = Outcome::kReset;
        }
        if (messages > 0 || is_over) {
            over(outcome, events);
        }
        return {.goes_on = !is_over && outcome != Outcome::kProtocol, .answer = link_.answer()};
    }

    // While none is: pings are in step.
    Reading overhear(std::string_view bytes) {
        int messages = 0;
        const auto event = link_.take(bytes, [](std::string_view) {}, [&messages] { ++messages; });
        const bool in_step =
            event == FrameEvent::kIncomplete && messages == 0 && !link_.in_message();
        return {.goes_on = in_step, .was_asked = in_step, .answer = link_.answer()};
    }

    void over(Outcome outcome, Events& events) {
        if (std::exchange(is_in_flight_, false)) {
            events.completed(place_, outcome);
        }
    }

    void check(std::string_view piece) noexcept {
        is_right_ = is_right_ && heard_bytes_ <= expected_.size() &&
                    expected_.substr(heard_bytes_, piece.size()) == piece;
        heard_bytes_ += piece.size();
    }

    [[nodiscard]] Outcome judge() const noexcept {
        return is_right_ && heard_bytes_ == expected_.size() ? Outcome::kOk : Outcome::kValidation;
    }

    std::shared_ptr<const Prepared> prepared_;
    const PreparedMessage* message_ = nullptr;
    WebSocketLink link_;
    Random random_;
    // Where a message's numbers stand in its text.
    std::string own_payload_;
    std::string own_frame_;
    std::string own_expected_;
    std::string_view expected_;
    std::uint64_t heard_bytes_ = 0;
    std::size_t place_ = 0;
    bool is_in_flight_ = false;
    bool is_right_ = true;
};

SessionMaker prepare_websocket(const TrialSpec& spec) {
    auto prepared = std::make_shared<Prepared>();
    const RequestClass& first = spec.classes.front();
    prepared->handshake = websocket_text::handshake(first.path, spec.host, first.headers);
    for (const auto& message : spec.classes) {
        if (message.path != first.path) {
            throw std::invalid_argument(fmt::format(
                "websocket: the paths '{}' and '{}' differ: one connection has one path",
                first.path, message.path));
        }
        PreparedMessage one{
            .frame = {},
            .payload = DrawnText::of(message.body, message.is_drawn),
            .expected = DrawnText::of(message.expect_body.value_or(message.body), message.is_drawn),
            .is_drawn = message.is_drawn};
        std::string text;
        one.frame = websocket_text::frame(websocket_text::kText, one.payload.fill(text, {}));
        prepared->messages.push_back(std::move(one));
    }
    prepared->seed = spec.seed;
    return [prepared = std::shared_ptr<const Prepared>(std::move(prepared)),
            made = std::make_shared<std::atomic<std::size_t>>(0)] {
        return std::make_unique<WebSocket>(prepared, made->fetch_add(1));
    };
}

}  // namespace

extern const ProtocolKind kWebSocket;
const ProtocolKind kWebSocket{.name = "websocket",
                              .summary = "WebSocket messages, each echoed before the next",
                              .prepare = &prepare_websocket};

}  // namespace contend
