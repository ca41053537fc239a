#include "http/request_reader.h"

#include <algorithm>

namespace contend {

// method SP target SP HTTP/1.x (RFC 9112, 3); the target is a path, or a whole http:// URL.
FirstLine RequestHead::first_line(std::string_view text, BodyFraming& framing) {
    constexpr std::string_view kVersion = " HTTP/1.";
    constexpr std::string_view kScheme = "http://";
    if (text.empty()) {
        return FirstLine::kPassedOver;
    }
    const std::size_t method_end = text.find(' ');
    const std::size_t version = text.size() - std::min(text.size(), kVersion.size() + 1);
    if (method_end >= version || !http_text::is_token(text.substr(0, method_end)) ||
        text.substr(version, kVersion.size()) != kVersion ||
        (text.back() != '0' && text.back() != '1')) {
        return FirstLine::kWrong;
    }
    std::string_view target = text.substr(method_end + 1, version - method_end - 1);
    const bool holds_space = target.find_first_of(" \t") != std::string_view::npos;
    if (target.starts_with(kScheme)) {
        // The authority ends at a path or a query (RFC 3986, 3.2).
        target.remove_prefix(kScheme.size());
        target = target.substr(std::min(target.find_first_of("/?"), target.size()));
        target = target.starts_with('/') ? target : std::string_view("/");
    }
    if (!target.starts_with('/') || holds_space) {
        return FirstLine::kWrong;
    }
    target_ = target;
    is_head_ = text.substr(0, method_end) == "HEAD";
    framing.http_1_0 = text.back() == '0';
    return FirstLine::kRight;
}

bool RequestHead::field(std::string_view name, std::string_view /*value*/) noexcept {
    const bool is_host = http_text::same(name, "host");
    const bool is_second = is_host && has_host_;
    has_host_ = has_host_ || is_host;
    return !is_second;
}

// RFC 9112, 6.3: a request whose head says nothing of a body has none.
BodyEnd RequestHead::body(const BodyFraming& framing) const noexcept {
    if (!framing.http_1_0 && !has_host_) {
        return BodyEnd::kWrong;
    }
    if (framing.is_chunked) {
        return BodyEnd::kChunked;
    }
    return framing.has_length ? BodyEnd::kSized : BodyEnd::kNone;
}

}  // namespace contend
