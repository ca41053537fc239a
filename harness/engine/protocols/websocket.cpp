// WebSocket echo: a request is a message, its response the message that comes back (RFC 6455).
//
// A message is the class's body, sent in one text frame; expect_body, where it is given, is what
// must come back, else the same message. All classes talk over the connection that the first one's
// path opens. No extension is offered, so that nothing is deflated.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocols/http_text.h"
#include "protocols/protocol.h"
#include "protocols/websocket_frames.h"

namespace contend {

namespace {

// The nonce of RFC 6455, 1.3, and what a server must make of it: that a cache in between answers in
// the server's place is nothing that a fresh one for each connection would have to find out here.
constexpr std::string_view kNonce = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr std::size_t kMostHandshakeBytes = 8192;

// A client must mask (5.3): against scripts that write what a proxy takes for a request. One key
// serves that here, and leaves the frames of a trial the same.
constexpr std::string_view kMask("\x37\xfa\x21\x3d", 4);

std::string masked_frame(std::uint8_t opcode, std::string_view payload) {
    std::string frame(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80 | payload.size());
    } else {
        const int bytes = payload.size() < 0x10000 ? 2 : 8;
        frame += static_cast<char>(0x80 | (bytes == 2 ? 126 : 127));
        for (int i = bytes; i-- > 0;) {
            frame += static_cast<char>(payload.size() >> (8 * i) & 0xff);
        }
    }
    frame += kMask;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frame += static_cast<char>(payload[i] ^ kMask[i % kMask.size()]);
    }
    return frame;
}

struct PreparedMessage {
    std::string frame;
    std::string expected;
};

struct Prepared {
    std::string handshake;
    std::vector<PreparedMessage> messages;
};

class WebSocket : public Protocol {
   public:
    explicit WebSocket(std::shared_ptr<const Prepared> prepared) : prepared_(std::move(prepared)) {}

    [[nodiscard]] std::string_view opening() const override { return prepared_->handshake; }

    Reply opened(std::string_view bytes) override {
        handshake_ += bytes;
        const std::size_t end = handshake_.find("\r\n\r\n");
        if (end == std::string::npos) {
            return {.complete = handshake_.size() > kMostHandshakeBytes,
                    .outcome = Outcome::kProtocol};
        }
        const bool right = end + 4 == handshake_.size() && agrees(handshake_);
        handshake_ = {};
        return {.complete = true,
                .keep_alive = right,
                .outcome = right ? Outcome::kOk : Outcome::kProtocol};
    }

    void carry(TimePoint) override {}

    std::string_view request(std::size_t index) override {
        message_ = &prepared_->messages[index];
        heard_bytes_ = 0;
        is_right_ = true;
        started_ = false;
        return message_->frame;
    }

    Reply receive(std::string_view bytes) override {
        started_ = true;
        Reply reply;
        answer_.clear();
        while (!bytes.empty()) {
            const auto event =
                frames_.parse(bytes, [this](std::string_view piece) { check(piece); });
            if (event == Frames::kMessage) {
                // A second message is one too many.
                reply = {.complete = true,
                         .keep_alive = !reply.complete,
                         .outcome = reply.complete ? Outcome::kProtocol : judge()};
            } else if (event != Frames::kIncomplete && !takes(event)) {
                return ended(event, reply);
            }
        }
        if (reply.complete && frames_.in_message()) {
            reply = {.complete = true, .keep_alive = false, .outcome = Outcome::kProtocol};
        }
        reply.answer = answer_;
        return reply;
    }

    std::optional<std::string_view> unasked(std::string_view bytes) override {
        answer_.clear();
        while (!bytes.empty()) {
            const auto event = frames_.parse(bytes, [](std::string_view) {});
            if (event != Frames::kIncomplete && !takes(event)) {
                return std::nullopt;
            }
        }
        if (frames_.in_message()) {
            return std::nullopt;
        }
        return answer_;
    }

    Reply end_of_stream() override {
        return {.complete = true, .keep_alive = false, .outcome = Outcome::kReset};
    }
    [[nodiscard]] bool response_started() const override { return started_; }
    void reset() override {
        frames_ = {};
        handshake_ = {};
    }
    [[nodiscard]] bool idempotent(std::size_t) const override { return false; }

   private:
    using Frames = WebSocketFrames::Event;

    // A response to the handshake that switches to what was asked for (4.1).
    static bool agrees(std::string_view response) {
        if (!response.starts_with("HTTP/1.1 101 ")) {
            return false;
        }
        bool accepted = false;
        response.remove_prefix(response.find("\r\n") + 2);
        while (!response.empty()) {
            const std::string_view line = response.substr(0, response.find("\r\n"));
            response.remove_prefix(line.size() + 2);
            const auto colon = line.find(':');
            if (colon == std::string_view::npos) {
                continue;
            }
            const std::string_view name = line.substr(0, colon);
            const std::string_view value = http_text::trimmed(line.substr(colon + 1));
            if (http_text::same(name, "sec-websocket-extensions")) {
                return false;  // none was offered
            }
            accepted |= http_text::same(name, "sec-websocket-accept") && value == kAccept;
        }
        return accepted;
    }

    // Whether the connection goes on after it. A ping is to be answered at once.
    bool takes(Frames event) {
        if (event == Frames::kPing) {
            answer_ += masked_frame(0xa, frames_.control_payload());
        }
        return event == Frames::kPing || event == Frames::kPong;
    }

    // By a close, which takes nothing from a message that was whole, or by what is no frame.
    static Reply ended(Frames event, const Reply& so_far) {
        Outcome outcome = Outcome::kProtocol;
        if (event == Frames::kClose) {
            outcome = so_far.complete ? so_far.outcome : Outcome::kReset;
        }
        return {.complete = true, .keep_alive = false, .outcome = outcome};
    }

    void check(std::string_view piece) noexcept {
        const std::string_view whole = message_->expected;
        is_right_ = is_right_ && heard_bytes_ <= whole.size() &&
                    whole.substr(heard_bytes_, piece.size()) == piece;
        heard_bytes_ += piece.size();
    }

    [[nodiscard]] Outcome judge() const noexcept {
        return is_right_ && heard_bytes_ == message_->expected.size() ? Outcome::kOk
                                                                      : Outcome::kValidation;
    }

    std::shared_ptr<const Prepared> prepared_;
    const PreparedMessage* message_ = nullptr;
    WebSocketFrames frames_;
    std::string handshake_;
    std::string answer_;
    std::uint64_t heard_bytes_ = 0;
    bool is_right_ = true;
    bool started_ = false;
};

ProtocolMaker prepare_websocket(const TrialSpec& spec) {
    auto prepared = std::make_shared<Prepared>();
    const RequestClass& first = spec.classes.front();
    prepared->handshake = fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n",
        first.path, spec.host, kNonce);
    for (const auto& [name, value] : first.headers) {
        prepared->handshake += fmt::format("{}: {}\r\n", name, value);
    }
    prepared->handshake += "\r\n";
    for (const auto& message : spec.classes) {
        if (message.path != first.path) {
            throw std::invalid_argument(fmt::format(
                "websocket: the paths '{}' and '{}' differ: one connection has one path",
                first.path, message.path));
        }
        prepared->messages.push_back(
            {masked_frame(0x1, message.body), message.expect_body.value_or(message.body)});
    }
    return [prepared = std::shared_ptr<const Prepared>(std::move(prepared))] {
        return std::make_unique<WebSocket>(prepared);
    };
}

}  // namespace

extern const ProtocolKind kWebSocket;
const ProtocolKind kWebSocket{"websocket", "WebSocket messages, each echoed before the next",
                              &prepare_websocket};

}  // namespace contend
