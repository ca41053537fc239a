#include "http/request_reader.h"

#include <algorithm>

#include "http/text.h"

namespace contend {

using namespace http_text;

void RequestParser::begin() noexcept {
    state_ = State::kIncomplete;
    expect_ = Expect::kRequestLine;
    started_ = false;
    close_ = false;
    has_host_ = false;
    has_length_ = false;
    chunked_ = false;
    head_bytes_ = 0;
    left_ = 0;
    partial_.clear();
}

RequestParser::State RequestParser::parse(std::string_view bytes) {
    const std::size_t available = bytes.size();
    started_ = started_ || available > 0;
    while (state_ == State::kIncomplete && !bytes.empty()) {
        bytes.remove_prefix(in_body() ? pass_over_body(bytes.size()) : parse_line(bytes));
    }
    consumed_ = available - bytes.size();
    return state_;
}

std::size_t RequestParser::pass_over_body(std::size_t available) noexcept {
    const std::size_t taken = left_ < available ? static_cast<std::size_t>(left_) : available;
    left_ -= taken;
    if (left_ == 0 && expect_ == Expect::kChunk) {
        expect_ = Expect::kChunkEnd;
    } else if (left_ == 0) {
        state_ = State::kComplete;
    }
    return taken;
}

// Takes one line, or what there is of it, and returns how many bytes that was. A line holds no
// control character, so the first one must be its end: that is found and the text checked in one.
std::size_t RequestParser::parse_line(std::string_view bytes) {
    const bool only_feed_left = !partial_.empty() && partial_.back() == '\r';
    const std::size_t end = only_feed_left ? 0 : first_control(bytes);
    const std::size_t feed = only_feed_left ? 0 : end + 1;
    const std::size_t taken = std::min(feed + 1, bytes.size());
    head_bytes_ += taken;
    const bool ends_otherwise = (!only_feed_left && end < bytes.size() && bytes[end] != '\r') ||
                                (feed < bytes.size() && bytes[feed] != '\n');
    if (head_bytes_ > kMaxHead) {
        state_ = State::kTooLong;
    } else if (ends_otherwise) {
        malformed();
    } else if (feed >= bytes.size()) {
        partial_ += bytes;
    } else if (partial_.empty()) {
        line(bytes.substr(0, end));
    } else {
        partial_ += bytes.substr(0, taken);
        line(std::string_view(partial_).substr(0, partial_.size() - 2));
        partial_.clear();
    }
    return taken;
}

void RequestParser::line(std::string_view text) {
    switch (expect_) {
        case Expect::kRequestLine:
            request_line(text);
            break;
        case Expect::kHeader:
        case Expect::kTrailer:
            header(text);
            break;
        case Expect::kChunkSize:
            chunk_size(text);
            break;
        case Expect::kChunkEnd:
            if (text.empty()) {
                expect_ = Expect::kChunkSize;
            } else {
                malformed();
            }
            break;
        case Expect::kSizedBody:
        case Expect::kChunk:
            break;  // no lines there
    }
}

// method SP target SP HTTP/1.x (RFC 9112, 3); the target is a path, or a whole http:// URL.
void RequestParser::request_line(std::string_view text) {
    constexpr std::string_view kVersion = " HTTP/1.";
    constexpr std::string_view kScheme = "http://";
    if (text.empty()) {
        return;
    }
    const std::size_t method_end = text.find(' ');
    const std::size_t version = text.size() - std::min(text.size(), kVersion.size() + 1);
    if (method_end >= version || !is_token(text.substr(0, method_end)) ||
        text.substr(version, kVersion.size()) != kVersion ||
        (text.back() != '0' && text.back() != '1')) {
        malformed();
        return;
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
        malformed();
        return;
    }
    target_ = target;
    is_head_ = text.substr(0, method_end) == "HEAD";
    http_1_0_ = text.back() == '0';
    keep_alive_ = !http_1_0_;
    expect_ = Expect::kHeader;
}

std::string_view RequestParser::path() const noexcept {
    return std::string_view(target_).substr(0, target_.find('?'));
}

void RequestParser::header(std::string_view text) {
    if (text.empty()) {
        if (expect_ == Expect::kTrailer) {
            state_ = State::kComplete;
        } else {
            end_of_head();
        }
        return;
    }
    std::size_t colon = 0;
    while (colon < text.size() && is_token(text[colon])) {
        ++colon;
    }
    if (colon == 0 || colon == text.size() || text[colon] != ':') {
        malformed();
    } else if (expect_ == Expect::kHeader) {
        field(text.substr(0, colon), trimmed(text.substr(colon + 1)));
    }
}

void RequestParser::field(std::string_view name, std::string_view value) {
    if (same(name, "host")) {
        if (has_host_) {
            malformed();
        }
        has_host_ = true;
    } else if (same(name, "connection")) {
        connection_options(value);
    } else if (same(name, "content-length")) {
        content_length(value);
    } else if (same(name, "transfer-encoding")) {
        if (chunked_ || !same(value, "chunked")) {
            malformed();
        }
        chunked_ = true;
    }
}

void RequestParser::connection_options(std::string_view value) noexcept {
    each_item(value, [this](std::string_view option) {
        if (same(option, "close")) {
            close_ = true;
        } else if (same(option, "keep-alive")) {
            keep_alive_ = true;
        }
    });
}

void RequestParser::content_length(std::string_view value) noexcept {
    if (has_length_ || !whole_number(value, 10, left_)) {
        malformed();
    }
    has_length_ = true;
}

// RFC 9112, 6.3: a request whose head says nothing of a body has none.
void RequestParser::end_of_head() noexcept {
    keep_alive_ = keep_alive_ && !close_;  // "close" wins over "keep-alive" (RFC 9112, 9.3)
    if ((!http_1_0_ && !has_host_) || (chunked_ && (has_length_ || http_1_0_))) {
        malformed();
    } else if (chunked_) {
        expect_ = Expect::kChunkSize;
        head_bytes_ = 0;
    } else if (left_ > 0) {
        expect_ = Expect::kSizedBody;
    } else {
        state_ = State::kComplete;
    }
}

void RequestParser::chunk_size(std::string_view text) noexcept {
    std::string_view digits = text.substr(0, text.find(';'));
    while (digits.ends_with(' ') || digits.ends_with('\t')) {
        digits.remove_suffix(1);  // an extension may stand behind space (RFC 9112, 7.1.1)
    }
    if (!whole_number(digits, 16, left_)) {
        malformed();
    } else {
        expect_ = left_ == 0 ? Expect::kTrailer : Expect::kChunk;
        head_bytes_ = 0;  // an upload may go on for as long as it sends
    }
}

}  // namespace contend
