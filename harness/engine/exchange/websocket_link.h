// What every protocol over a WebSocket does alike: it opens the connection and answers pings.
//
// The state of one connection, used by one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "exchange/session.h"
#include "exchange/websocket_frames.h"
#include "exchange/websocket_text.h"

namespace contend {

class WebSocketLink {
   public:
    using Event = WebSocketFrames::Event;

    /// As Protocol::opened(). What follows the head, since a server may speak first, is early().
    Reply opened(std::string_view bytes) {
        head_ += bytes;
        const std::size_t end = head_.find("\r\n\r\n");
        if (end == std::string::npos) {
            return {.complete = head_.size() > kMostHeadBytes, .outcome = Outcome::kProtocol};
        }
        early_ = head_.substr(end + 4);
        head_.resize(end + 4);
        const bool right = websocket_text::agrees(head_);
        head_ = {};
        return {.complete = true,
                .keep_alive = right,
                .outcome = right ? Outcome::kOk : Outcome::kProtocol};
    }

    [[nodiscard]] std::string early() { return std::exchange(early_, {}); }

    /// Takes all of `bytes`: on_payload(piece) gets what messages hold, on_message() is told of the
    /// end of each. kIncomplete when the connection goes on; kClose or kMalformed when it doesn't.
    template <class OnPayload, class OnMessage>
    Event take(std::string_view bytes, OnPayload on_payload, OnMessage on_message) {
        answer_.clear();
        while (!bytes.empty()) {
            switch (const Event event = frames_.parse(bytes, on_payload)) {
                case Event::kMessage:
                    on_message();
                    break;
                case Event::kPing:
                    answer_ +=
                        websocket_text::frame(websocket_text::kPong, frames_.control_payload());
                    break;
                case Event::kPong:
                case Event::kIncomplete:
                    break;
                case Event::kClose:
                    answer_ +=
                        websocket_text::frame(websocket_text::kClose, frames_.control_payload());
                    return event;
                case Event::kMalformed:
                    return event;
            }
        }
        return Event::kIncomplete;
    }

    /// What the pings of the last take(), and a close, are answered with.
    [[nodiscard]] std::string_view answer() const noexcept { return answer_; }
    [[nodiscard]] bool in_message() const noexcept { return frames_.in_message(); }

    void reset() {
        frames_ = {};
        head_ = early_ = {};
    }

   private:
    static constexpr std::size_t kMostHeadBytes = 8192;

    WebSocketFrames frames_;
    std::string head_;  // of the answer to the handshake, while it comes
    std::string early_;
    std::string answer_;
};

}  // namespace contend
