// What a WebSocket client says: its handshake, and its frames (RFC 6455).
//
// Pure functions, safe from any thread.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/request_text.h"
#include "http/text.h"

namespace contend::websocket_text {

inline constexpr std::uint8_t kText = 0x1, kClose = 0x8, kPong = 0xa;

// A client must mask (5.3): against scripts that write what a proxy takes for a request. One key
// serves that here, and leaves the frames of a trial the same.
inline constexpr std::string_view kMask("\x37\xfa\x21\x3d", 4);

/// A byte of a payload as it goes over the wire.
constexpr char masked(char byte, std::size_t at) noexcept {
    return static_cast<char>(byte ^ kMask[at % kMask.size()]);
}

/// A message, or a control frame, in one frame; its payload is its last bytes.
inline std::string frame(std::uint8_t opcode, std::string_view payload) {
    std::string bytes(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
        bytes += static_cast<char>(0x80 | payload.size());
    } else {
        const int size = payload.size() < 0x10000 ? 2 : 8;
        bytes += static_cast<char>(0x80 | (size == 2 ? 126 : 127));
        for (int i = size; i-- > 0;) {
            bytes += static_cast<char>(payload.size() >> (8 * i) & 0xff);
        }
    }
    bytes += kMask;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        bytes += masked(payload[i], i);
    }
    return bytes;
}

// The nonce of RFC 6455, 1.3, and what a server must make of it: that a cache in between answers in
// the server's place is nothing that a fresh one for each connection would have to find out here.
inline constexpr std::string_view kNonce = "dGhlIHNhbXBsZSBub25jZQ==";
inline constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// No extension is offered, so that nothing is deflated. Throws std::invalid_argument when a part
/// holds what it can't.
inline std::string handshake(std::string_view path, std::string_view host,
                             const std::vector<std::pair<std::string, std::string>>& headers) {
    request_text::require_path(path);
    request_text::require_line("the host", host);
    std::string text = fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n",
        path, host, kNonce);
    for (const auto& [name, value] : headers) {
        request_text::require_token("a header's name", name);
        request_text::require_line("a header", value);
        text += fmt::format("{}: {}\r\n", name, value);
    }
    return text + "\r\n";
}

/// Whether a response's head switches to what was asked for (4.1). REQUIRES: it ends in an empty
/// line.
inline bool agrees(std::string_view head) {
    if (!head.starts_with("HTTP/1.1 101 ")) {
        return false;
    }
    bool upgrades = false;
    bool switches = false;
    bool accepted = false;
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(line.size() + 2);
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
        upgrades |= http_text::same(name, "upgrade") && http_text::same(value, "websocket");
        if (http_text::same(name, "connection")) {
            http_text::each_item(value, [&switches](std::string_view item) {
                switches |= http_text::same(item, "upgrade");
            });
        }
    }
    return accepted && upgrades && switches;
}

}  // namespace contend::websocket_text
