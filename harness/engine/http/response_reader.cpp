#include "http/response_reader.h"

namespace contend {

bool ResponseHead::may_begin(std::string_view text) const noexcept {
    constexpr std::string_view kBeginning = "HTTP/1.";
    return kBeginning.starts_with(text.substr(0, kBeginning.size()));
}

// HTTP/1.x SP 3DIGIT SP reason (RFC 9112, 4); the reason and its space are left out by some.
FirstLine ResponseHead::first_line(std::string_view text, BodyFraming& framing) noexcept {
    constexpr std::size_t kStatusEnd = 12;
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() < kStatusEnd || !text.starts_with("HTTP/1.") ||
        (text[7] != '0' && text[7] != '1') || text[8] != ' ' || !digit(9) || !digit(10) ||
        !digit(11) || (text.size() > kStatusEnd && text[kStatusEnd] != ' ')) {
        return FirstLine::kWrong;
    }
    status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
    framing.http_1_0 = text[7] == '0';
    // Nobody asked to switch protocols.
    return status < 100 || status == 101 ? FirstLine::kWrong : FirstLine::kRight;
}

// RFC 9112, 6.3: what the head says of the body's length.
BodyEnd ResponseHead::body(const BodyFraming& framing) noexcept {
    if (status < 200) {
        status = 0;
        return BodyEnd::kAnotherHead;
    }
    if (to_head || status == 204 || status == 304) {
        return BodyEnd::kNone;
    }
    if (framing.is_chunked) {
        return BodyEnd::kChunked;
    }
    return framing.has_length ? BodyEnd::kSized : BodyEnd::kClose;
}

}  // namespace contend
