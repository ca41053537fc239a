#include "http/response_reader.h"

#include <algorithm>
#include <limits>

#include "http/text.h"

namespace contend {

using namespace http_text;

namespace {

constexpr std::uint64_t kUntilClose = std::numeric_limits<std::uint64_t>::max();

}  // namespace

void ResponseParser::begin(bool to_head) noexcept {
    state_ = State::kIncomplete;
    expect_ = Expect::kStatusLine;
    started_ = false;
    to_head_ = to_head;
    close_ = false;
    has_length_ = false;
    chunked_ = false;
    status_ = 0;
    head_bytes_ = 0;
    left_ = 0;
    partial_.clear();
}

ResponseParser::State ResponseParser::end_of_stream() noexcept {
    state_ = expect_ == Expect::kBodyUntilClose ? State::kComplete : State::kMalformed;
    return state_;
}

void ResponseParser::take_body(std::size_t count) noexcept {
    if (expect_ == Expect::kBodyUntilClose) {
        return;
    }
    left_ -= count;
    if (left_ > 0) {
        return;
    }
    if (expect_ == Expect::kChunk) {
        expect_ = Expect::kChunkEnd;
    } else {
        state_ = State::kComplete;
    }
}

// Takes one line, or what there is of it, and returns how many bytes that was. A line holds no
// control character, so the first one must be its end: that is found and the text checked in one.
std::size_t ResponseParser::parse_line(std::string_view bytes) {
    started_ = true;
    const bool only_feed_left = !partial_.empty() && partial_.back() == '\r';
    const std::size_t end = only_feed_left ? 0 : first_control(bytes);
    const std::size_t feed = only_feed_left ? 0 : end + 1;
    const std::size_t taken = std::min(feed + 1, bytes.size());
    head_bytes_ += taken;
    const bool ends_otherwise = (!only_feed_left && end < bytes.size() && bytes[end] != '\r') ||
                                (feed < bytes.size() && bytes[feed] != '\n');
    if (head_bytes_ > kMaxHead || ends_otherwise) {
        malformed();
    } else if (feed >= bytes.size()) {
        partial_ += bytes;
        begun_line(partial_);
    } else if (partial_.empty()) {
        line(bytes.substr(0, end));
    } else {
        partial_ += bytes.substr(0, taken);
        line(std::string_view(partial_).substr(0, partial_.size() - 2));
        partial_.clear();
    }
    return taken;
}

// What can't become the line that must come is known by its first bytes: a server that speaks
// something else, or sends more than its chunk's size, may never send a line's end.
void ResponseParser::begun_line(std::string_view text) noexcept {
    constexpr std::string_view kBeginning = "HTTP/1.";
    if ((expect_ == Expect::kStatusLine && !kBeginning.starts_with(text.substr(0, 7))) ||
        (expect_ == Expect::kChunkEnd && text != "\r")) {
        malformed();
    }
}

void ResponseParser::line(std::string_view text) {
    switch (expect_) {
        case Expect::kStatusLine:
            status_line(text);
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
        case Expect::kBodyUntilClose:
        case Expect::kChunk:
            break;  // no lines there
    }
}

// HTTP/1.x SP 3DIGIT SP reason (RFC 9112, 4); the reason and its space are left out by some.
void ResponseParser::status_line(std::string_view text) {
    constexpr std::size_t kStatusEnd = 12;
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() < kStatusEnd || !text.starts_with("HTTP/1.") ||
        (text[7] != '0' && text[7] != '1') || text[8] != ' ' || !digit(9) || !digit(10) ||
        !digit(11) || (text.size() > kStatusEnd && text[kStatusEnd] != ' ')) {
        malformed();
        return;
    }
    status_ = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
    http_1_0_ = text[7] == '0';
    keep_alive_ = !http_1_0_;
    expect_ = Expect::kHeader;
    // Nobody asked to switch protocols.
    if (status_ < 100 || status_ == 101) {
        malformed();
    }
}

void ResponseParser::header(std::string_view text) {
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

// Few names have the length of one of the three that matter: that is compared first.
void ResponseParser::field(std::string_view name, std::string_view value) {
    constexpr std::string_view kConnection = "connection";
    constexpr std::string_view kContentLength = "content-length";
    constexpr std::string_view kTransferEncoding = "transfer-encoding";
    if (same(name, kContentLength)) {
        content_length(value);
    } else if (same(name, kConnection)) {
        connection_options(value);
    } else if (same(name, kTransferEncoding)) {
        // Only chunks were asked for (no TE was sent); another coding can't be read.
        if (chunked_ || !same(value, "chunked")) {
            malformed();
        }
        chunked_ = true;
    }
}

void ResponseParser::connection_options(std::string_view value) noexcept {
    each_item(value, [this](std::string_view option) {
        if (same(option, "close")) {
            close_ = true;
        } else if (same(option, "keep-alive")) {
            keep_alive_ = true;
        }
    });
}

void ResponseParser::content_length(std::string_view value) noexcept {
    std::uint64_t length = 0;
    if (!whole_number(value, 10, length) || length == kUntilClose ||
        (has_length_ && length != left_)) {
        malformed();
        return;
    }
    has_length_ = true;
    left_ = length;
}

// RFC 9112, 6.3: what the head says of the body's length.
void ResponseParser::end_of_head() noexcept {
    keep_alive_ = keep_alive_ && !close_;  // "close" wins over "keep-alive" (RFC 9112, 9.3)
    if (chunked_ && (has_length_ || http_1_0_)) {
        malformed();
    } else if (status_ < 200) {
        // An interim response; the real one is still to come, within the same limit.
        const std::size_t head_bytes = head_bytes_;
        begin(to_head_);
        head_bytes_ = head_bytes;
        started_ = true;
    } else if (to_head_ || status_ == 204 || status_ == 304) {
        state_ = State::kComplete;
    } else if (chunked_) {
        expect_ = Expect::kChunkSize;
    } else if (has_length_) {
        expect_ = Expect::kSizedBody;
        if (left_ == 0) {
            state_ = State::kComplete;
        }
    } else {
        expect_ = Expect::kBodyUntilClose;
        left_ = kUntilClose;
        keep_alive_ = false;
    }
}

void ResponseParser::chunk_size(std::string_view text) noexcept {
    std::string_view digits = text.substr(0, text.find(';'));
    while (digits.ends_with(' ') || digits.ends_with('\t')) {
        digits.remove_suffix(1);  // some pad their sizes
    }
    if (!whole_number(digits, 16, left_) || left_ == kUntilClose) {
        malformed();
    } else {
        expect_ = left_ == 0 ? Expect::kTrailer : Expect::kChunk;
        head_bytes_ = 0;  // a stream may go on for as long as it sends
    }
}

}  // namespace contend
