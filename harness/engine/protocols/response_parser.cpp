#include "protocols/response_parser.h"

#include <charconv>
#include <cstring>
#include <limits>

namespace contend {

namespace {

constexpr std::uint64_t kUntilClose = std::numeric_limits<std::uint64_t>::max();

// RFC 9110, 5.6.2: token characters.
constexpr bool is_token(char c) noexcept {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
        return true;
    }
    return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

constexpr bool is_text(char c) noexcept {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

bool all_text(std::string_view text) noexcept {
    for (const char c : text) {
        if (!is_text(c)) {
            return false;
        }
    }
    return true;
}

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// `known` is in lower case.
bool same(std::string_view text, std::string_view known) noexcept {
    if (text.size() != known.size()) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (lower(text[i]) != known[i]) {
            return false;
        }
    }
    return true;
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// Calls found(item) for each item of a comma-separated list.
template <class Found>
void each_item(std::string_view list, Found found) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        found(trimmed(list.substr(0, comma)));
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
}

bool whole_number(std::string_view digits, int base, std::uint64_t& number) noexcept {
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number, base);
    return !digits.empty() && error == std::errc{} && rest == end;
}

}  // namespace

void ResponseParser::begin(bool to_head) noexcept {
    state_ = State::kIncomplete;
    expect_ = Expect::kStatusLine;
    started_ = false;
    to_head_ = to_head;
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

// Takes one line, or what there is of it, and returns how many bytes that was.
std::size_t ResponseParser::parse_line(std::string_view bytes) {
    started_ = true;
    const auto* const end = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
    const std::size_t taken =
        end == nullptr ? bytes.size() : static_cast<std::size_t>(end - bytes.data()) + 1;
    head_bytes_ += taken;
    if (head_bytes_ > kMaxHead) {
        malformed();
        return taken;
    }
    if (end == nullptr) {
        partial_ += bytes;
        // What can't become a status line is known by its first bytes: a server that speaks
        // something else may never send a line's end.
        if (expect_ == Expect::kStatusLine && status_ == 0) {
            constexpr std::string_view kPrefix = "HTTP/1.";
            const std::string_view heard = std::string_view(partial_).substr(0, kPrefix.size());
            if (!kPrefix.starts_with(heard)) {
                malformed();
            }
        }
        return taken;
    }
    std::string_view text = bytes.substr(0, taken);
    const bool joined = !partial_.empty();
    if (joined) {
        partial_ += text;
        text = partial_;
    }
    if (text.size() < 2 || text[text.size() - 2] != '\r') {
        malformed();
    } else {
        line(text.substr(0, text.size() - 2));
    }
    if (joined) {
        partial_.clear();
    }
    return taken;
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
        !digit(11) || (text.size() > kStatusEnd && text[kStatusEnd] != ' ') ||
        !all_text(text.substr(kStatusEnd))) {
        malformed();
        return;
    }
    status_ = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
    keep_alive_ = text[7] == '1';
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
    if (colon == 0 || colon == text.size() || text[colon] != ':' ||
        !all_text(text.substr(colon + 1))) {
        malformed();
    } else if (expect_ == Expect::kHeader) {
        field(text.substr(0, colon), trimmed(text.substr(colon + 1)));
    }
}

// Looks at the length first: few names have that of the three that matter.
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
            keep_alive_ = false;
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
    if (has_length_ && chunked_) {
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
    const auto extension = text.find(';');
    const auto digits = trimmed(text.substr(0, extension));
    if (!whole_number(digits, 16, left_) || left_ == kUntilClose || text.front() == ' ' ||
        text.front() == '\t' ||
        (extension != std::string_view::npos && !all_text(text.substr(extension)))) {
        malformed();
    } else {
        expect_ = left_ == 0 ? Expect::kTrailer : Expect::kChunk;
        head_bytes_ = 0;  // a stream may go on for as long as it sends
    }
}

}  // namespace contend
