// What the parts of a request may hold, so that one request is never several.
//
// Each throws std::invalid_argument that names the part. Pure functions, safe from any thread.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

#include "http/text.h"

namespace contend::request_text {

inline void require_line(std::string_view what, std::string_view text) {
    if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
        throw std::invalid_argument(fmt::format("{} holds a line break or a zero byte", what));
    }
}

inline void require_token(std::string_view what, std::string_view text) {
    require_line(what, text);
    if (!http_text::is_token(text)) {
        throw std::invalid_argument(
            fmt::format("{} '{}' is empty or holds a character that it can't", what, text));
    }
}

inline void require_path(std::string_view text) {
    require_line("the path", text);
    if (text.empty() || text.find_first_of(" \t") != std::string_view::npos) {
        throw std::invalid_argument(fmt::format("the path '{}' is empty or holds a space", text));
    }
}

}  // namespace contend::request_text
