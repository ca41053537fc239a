// What every session over a WebSocket does alike: it opens the connection and answers pings.
//
// The state of one connection, used by one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "exchange/websocket_frames.h"
#include "exchange/websocket_text.h"

namespace contend {

class WebSocketLink {
   public:
    using Event = WebSocketFrames::Event;
    enum class Handshake : std::uint8_t { kIncomplete, kAgreed, kRefused };

    /// Takes what of `bytes` answers the handshake; what follows it is left, since a server may
    /// speak first. REQUIRES: !is_open().
    Handshake open(std::string_view& bytes) {
        const std::size_t before = head_.size();
        head_ += bytes;
        // Its end may have begun in what came before.
        const std::size_t end = head_.find(kEnd, before - std::min(before, kEnd.size() - 1));
        if (end == std::string::npos) {
            bytes = {};
            return head_.size() > kMostHeadBytes ? Handshake::kRefused : Handshake::kIncomplete;
        }
        bytes.remove_prefix(end + kEnd.size() - before);
        head_.resize(end + kEnd.size());
        is_open_ = websocket_text::agrees(head_);
        head_ = {};
        return is_open_ ? Handshake::kAgreed : Handshake::kRefused;
    }

    [[nodiscard]] bool is_open() const noexcept { return is_open_; }

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
        head_ = {};
        is_open_ = false;
    }

   private:
    static constexpr std::string_view kEnd = "\r\n\r\n";
    static constexpr std::size_t kMostHeadBytes = 8192;

    WebSocketFrames frames_;
    bool is_open_ = false;
    std::string head_;  // of the answer to the handshake, while it comes
    std::string answer_;
};

}  // namespace contend
