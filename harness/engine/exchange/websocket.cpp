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
#include <vector>

#include "exchange/drawn_text.h"
#include "exchange/session.h"
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

class WebSocket : public Protocol {
   public:
    WebSocket(std::shared_ptr<const Prepared> prepared, std::size_t number)
        : prepared_(std::move(prepared)), random_(DrawnNumbers::stream(prepared_->seed, number)) {}

    [[nodiscard]] std::string_view opening() const override { return prepared_->handshake; }
    Reply opened(std::string_view bytes) override {
        Reply reply = link_.opened(bytes);
        if (reply.keep_alive) {
            const Reply early = unasked(link_.early());
            reply.answer = early.answer;
            if (!early.keep_alive) {
                reply.outcome = Outcome::kProtocol;
            }
        }
        return reply;
    }
    void carry(TimePoint) override {}

    std::string_view request(std::size_t index) override {
        message_ = &prepared_->messages[index];
        heard_bytes_ = 0;
        is_right_ = true;
        started_ = false;
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

    Reply receive(std::string_view bytes) override {
        started_ = true;
        int messages = 0;
        Outcome outcome = Outcome::kOk;
        const auto event = link_.take(
            bytes, [this](std::string_view piece) { check(piece); },
            [&] { outcome = ++messages == 1 ? judge() : Outcome::kProtocol; });
        // A second message, or the beginning of one, is too much.
        const bool is_over = event != Event::kIncomplete;
        const bool too_much = messages > 0 && !is_over && link_.in_message();
        if (event == Event::kMalformed || too_much) {
            outcome = Outcome::kProtocol;
        } else if (event == Event::kClose && messages == 0) {
            outcome = Outcome::kReset;
        }
        return {.complete = messages > 0 || is_over,
                .keep_alive = !is_over && outcome != Outcome::kProtocol,
                .outcome = outcome,
                .answer = link_.answer()};
    }

    Reply unasked(std::string_view bytes) override {
        int messages = 0;
        const auto event = link_.take(bytes, [](std::string_view) {}, [&messages] { ++messages; });
        const bool in_step = event == Event::kIncomplete && messages == 0 && !link_.in_message();
        return {.keep_alive = in_step, .answer = link_.answer()};
    }

    Reply end_of_stream() override {
        return {.complete = true, .keep_alive = false, .outcome = Outcome::kReset};
    }
    [[nodiscard]] bool response_started() const override { return started_; }
    void reset() override { link_.reset(); }
    [[nodiscard]] bool idempotent(std::size_t) const override { return false; }

   private:
    using Event = WebSocketFrames::Event;

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
    bool is_right_ = true;
    bool started_ = false;
};

ProtocolMaker prepare_websocket(const TrialSpec& spec) {
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
const ProtocolKind kWebSocket{"websocket", "WebSocket messages, each echoed before the next",
                              &prepare_websocket};

}  // namespace contend
