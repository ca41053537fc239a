// Frames of a WebSocket as a server sends them, taken apart as they come (RFC 6455, 5.2).
//
// Knows frames and messages, not what they should hold. A value of one connection; it allocates
// nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace contend {

class WebSocketFrames {
   public:
    enum class Event : std::uint8_t { kIncomplete, kMessage, kPing, kPong, kClose, kMalformed };

    static constexpr std::size_t kMostControlBytes = 125;

    /// Takes from the front of `bytes` up to the end of a message or of a control frame, or all;
    /// on_payload(piece) gets the message's pieces in order. After kMalformed only a fresh object
    /// is of use.
    template <class OnPayload>
    Event parse(std::string_view& bytes, OnPayload on_payload) {
        while (!bytes.empty()) {
            if (!in_payload_) {
                header_[header_bytes_++] = static_cast<std::uint8_t>(bytes.front());
                bytes.remove_prefix(1);
                if (header_bytes_ < header_size()) {
                    continue;
                }
                if (!begin_payload()) {
                    return Event::kMalformed;
                }
            } else {
                const std::string_view piece = bytes.substr(
                    0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
                bytes.remove_prefix(piece.size());
                left_ -= piece.size();
                if (is_control()) {
                    std::ranges::copy(piece, control_.begin() + control_bytes_);
                    control_bytes_ += piece.size();
                } else {
                    on_payload(piece);
                }
            }
            if (left_ == 0) {
                in_payload_ = false;
                if (const Event event = end_frame(); event != Event::kIncomplete) {
                    return event;
                }
            }
        }
        return Event::kIncomplete;
    }

    /// Of the last ping, pong or close, until more is parsed.
    [[nodiscard]] std::string_view control_payload() const noexcept {
        return {control_.data(), control_bytes_};
    }

    /// True between the first byte of a message and its last: a control frame may come in between.
    [[nodiscard]] bool in_message() const noexcept {
        return in_message_ || ((in_payload_ || header_bytes_ > 0) && !is_control());
    }

   private:
    enum Opcode : std::uint8_t {
        kContinuation = 0x0,
        kText = 0x1,
        kBinary = 0x2,
        kCloseFrame = 0x8,
        kPingFrame = 0x9,
        kPongFrame = 0xa,
    };
    static constexpr std::uint8_t kFin = 0x80, kReserved = 0x70, kOpcode = 0x0f;
    static constexpr std::uint8_t kMasked = 0x80, kLength = 0x7f;
    static constexpr std::uint8_t kTwoBytes = 126, kEightBytes = 127;

    [[nodiscard]] bool is_final() const noexcept { return (header_[0] & kFin) != 0; }
    [[nodiscard]] std::uint8_t opcode() const noexcept { return header_[0] & kOpcode; }
    [[nodiscard]] bool is_control() const noexcept { return opcode() >= kCloseFrame; }
    [[nodiscard]] std::uint8_t short_length() const noexcept { return header_[1] & kLength; }

    // As far as is known: the second byte tells.
    [[nodiscard]] std::size_t header_size() const noexcept {
        if (header_bytes_ < 2) {
            return 2;
        }
        if (short_length() == kEightBytes) {
            return 10;
        }
        return short_length() == kTwoBytes ? 4 : 2;
    }

    [[nodiscard]] bool begin_payload() noexcept {
        const std::size_t size = header_bytes_;
        header_bytes_ = 0;
        left_ = short_length();
        if (size > 2) {
            left_ = 0;
            for (std::size_t i = 2; i < size; ++i) {
                left_ = left_ << 8 | header_[i];
            }
            // The shortest form is the only right one.
            if (left_ < (size == 4 ? kTwoBytes : 0x10000U)) {
                return false;
            }
        }
        control_bytes_ = is_control() ? 0 : control_bytes_;
        in_payload_ = true;
        // A server doesn't mask (5.1); no extension has been agreed on that uses a reserved bit.
        if ((header_[0] & kReserved) != 0 || (header_[1] & kMasked) != 0 || left_ >> 63 != 0) {
            return false;
        }
        switch (opcode()) {
            case kContinuation:
                return in_message_;
            case kText:
            case kBinary:
                return !in_message_;
            case kCloseFrame:
            case kPingFrame:
            case kPongFrame:
                return is_final() && left_ <= kMostControlBytes;
            default:
                return false;
        }
    }

    [[nodiscard]] Event end_frame() noexcept {
        switch (opcode()) {
            case kCloseFrame:
                return Event::kClose;
            case kPingFrame:
                return Event::kPing;
            case kPongFrame:
                return Event::kPong;
            default:
                in_message_ = !is_final();
                return is_final() ? Event::kMessage : Event::kIncomplete;
        }
    }

    std::array<std::uint8_t, 10> header_{};
    std::array<char, kMostControlBytes> control_{};
    std::size_t header_bytes_ = 0;
    std::size_t control_bytes_ = 0;
    std::uint64_t left_ = 0;   // of the frame's payload
    bool in_payload_ = false;  // the header is whole
    bool in_message_ = false;  // one of its frames has ended, but not the last
};

}  // namespace contend
