// Lines of HTTP/1.1 (RFC 9112, 2.2) as they come, in pieces: text without control characters that
// ends with CRLF.
//
// Allocates only for a line of which not all has come, and no more once its buffer has grown. Used
// by one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "http/text.h"

namespace contend {

class LineReader {
   public:
    struct Line {
        std::string_view text{};  // of a whole line without its end; else what there is of it
        std::size_t taken = 0;    // bytes of the input
        bool is_whole = false;
        bool is_malformed = false;  // a control character that is no end of a line
    };

    /// Counts length() anew.
    void begin() noexcept {
        partial_.clear();
        length_ = 0;
    }

    /// Takes one line, or what there is of it. A line holds no control character, so the first one
    /// must be its end: that is found and the text checked in one. REQUIRES: `bytes` is not empty,
    /// and end_line() was called behind a whole line.
    Line read(std::string_view bytes) {
        const bool only_feed_left = !partial_.empty() && partial_.back() == '\r';
        const std::size_t end = only_feed_left ? 0 : http_text::first_control(bytes);
        const std::size_t feed = only_feed_left ? 0 : end + 1;
        const std::size_t taken = std::min(feed + 1, bytes.size());
        length_ += taken;
        const bool ends_otherwise = (!only_feed_left && end < bytes.size() && bytes[end] != '\r') ||
                                    (feed < bytes.size() && bytes[feed] != '\n');
        if (ends_otherwise) {
            return {.taken = taken, .is_malformed = true};
        }
        if (feed < bytes.size() && partial_.empty()) {
            return {.text = bytes.substr(0, end), .taken = taken, .is_whole = true};
        }
        partial_ += bytes.substr(0, taken);
        const bool is_whole = feed < bytes.size();
        return {.text = std::string_view(partial_).substr(0, partial_.size() - (is_whole ? 2 : 0)),
                .taken = taken,
                .is_whole = is_whole};
    }

    /// The text of the last line is no longer needed.
    void end_line() noexcept { partial_.clear(); }

    /// Of all lines since begin(), their ends included.
    [[nodiscard]] std::size_t length() const noexcept { return length_; }

   private:
    std::string partial_;  // a line of which not all has come
    std::size_t length_ = 0;
};

}  // namespace contend
