// How a message's body ends, as its fields and chunks say (RFC 9112, 6 and 7; 9.3 for what becomes
// of the connection).
//
// Values of one message; used by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "http/text.h"

namespace contend {

enum class FirstLine : std::uint8_t { kRight, kPassedOver, kWrong };

enum class BodyEnd : std::uint8_t { kNone, kSized, kChunked, kClose, kAnotherHead, kWrong };

struct Field {
    std::string_view name;
    std::string_view value;

    /// Of a field's line; none where it is none.
    static std::optional<Field> split(std::string_view line) noexcept {
        std::size_t colon = 0;
        while (colon < line.size() && http_text::is_token(line[colon])) {
            ++colon;
        }
        if (colon == 0 || colon == line.size() || line[colon] != ':') {
            return std::nullopt;
        }
        return Field{line.substr(0, colon), http_text::trimmed(line.substr(colon + 1))};
    }
};

class BodyFraming {
   public:
    bool http_1_0 = false;
    bool has_length = false;
    bool is_chunked = false;
    std::uint64_t left = 0;  // of the sized body or the chunk

    /// "close" wins over "keep-alive" (RFC 9112, 9.3).
    [[nodiscard]] bool keep_alive() const noexcept {
        return (!http_1_0 || asks_to_keep_) && !asks_to_close_;
    }

    /// Chunks beside a length, or in HTTP/1.0.
    [[nodiscard]] bool is_contradictory() const noexcept {
        return is_chunked && (has_length || http_1_0);
    }

    /// Takes a field; false where it is wrong. Few names have the length of one of the three that
    /// matter: that is compared first.
    bool field(const Field& field, bool length_may_repeat) noexcept {
        if (http_text::same(field.name, "content-length")) {
            return length(field.value, length_may_repeat);
        }
        if (http_text::same(field.name, "connection")) {
            connection(field.value);
        } else if (http_text::same(field.name, "transfer-encoding")) {
            // Only chunks were asked for (no TE was sent); another coding can't be read.
            const bool is_right = !is_chunked && http_text::same(field.value, "chunked");
            is_chunked = true;
            return is_right;
        }
        return true;
    }

    /// Takes a chunk's first line; false where it is wrong. An extension may stand behind space
    /// (RFC 9112, 7.1.1).
    bool chunk_size(std::string_view line) noexcept {
        std::string_view digits = line.substr(0, line.find(';'));
        while (digits.ends_with(' ') || digits.ends_with('\t')) {
            digits.remove_suffix(1);
        }
        return http_text::whole_number(digits, 16, left) && left != kWithoutEnd;
    }

    /// The body ends with the connection.
    void until_close() noexcept {
        left = kWithoutEnd;
        asks_to_close_ = true;
    }

   private:
    // No body is this long.
    static constexpr std::uint64_t kWithoutEnd = std::numeric_limits<std::uint64_t>::max();

    bool length(std::string_view value, bool may_repeat) noexcept {
        std::uint64_t said = 0;
        if (!http_text::whole_number(value, 10, said) || said == kWithoutEnd ||
            (has_length && (!may_repeat || said != left))) {
            return false;
        }
        has_length = true;
        left = said;
        return true;
    }

    void connection(std::string_view value) noexcept {
        http_text::each_item(value, [this](std::string_view option) {
            asks_to_close_ |= http_text::same(option, "close");
            asks_to_keep_ |= http_text::same(option, "keep-alive");
        });
    }

    bool asks_to_close_ = false;
    bool asks_to_keep_ = false;
};

}  // namespace contend
