// The characters that HTTP/1.1 is written in (RFC 9110, 5.5 and 5.6; RFC 9112).
//
// Pure functions over views; they allocate nothing and may be called from any thread.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace contend::http_text {

inline constexpr std::array<bool, 256> kTokenCharacters = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}();

constexpr bool is_token(char c) noexcept { return kTokenCharacters[static_cast<unsigned char>(c)]; }

constexpr bool is_token(std::string_view text) noexcept {
    for (const char c : text) {
        if (!is_token(c)) {
            return false;
        }
    }
    return !text.empty();
}

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Whether `text` is `known` in any case. REQUIRES: `known` is in lower case.
constexpr bool same(std::string_view text, std::string_view known) noexcept {
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

constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

/// Calls found(item) for each item of a comma-separated list.
template <class Found>
constexpr void each_item(std::string_view list, Found found) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        found(trimmed(list.substr(0, comma)));
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
}

/// False unless `digits` is nothing but a number that fits.
inline bool whole_number(std::string_view digits, int base, std::uint64_t& number) noexcept {
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number, base);
    return error == std::errc{} && rest == end;
}

/// Where the first control character is (a tab is none); text.size() when there is none. Looks at
/// eight characters at a time: responses are read with it.
inline std::size_t first_control(std::string_view text) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = 0x80 * kOnes;
    std::size_t at = 0;
    while (at < text.size()) {
        if (std::endian::native == std::endian::little && text.size() - at >= sizeof(kOnes)) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + at, sizeof(word));
            // The high bit of each byte below 0x20, or equal to 0x7f. A borrow may mark the byte
            // behind such a one, too: only the first mark counts.
            const std::uint64_t deletes = word ^ (0x7f * kOnes);
            const std::uint64_t marks =
                ((word - 0x20 * kOnes) & ~word & kHighs) | ((deletes - kOnes) & ~deletes & kHighs);
            if (marks == 0) {
                at += sizeof(word);
                continue;
            }
            at += static_cast<std::size_t>(std::countr_zero(marks)) / 8;
        }
        const auto c = static_cast<unsigned char>(text[at]);
        if (c != '\t' && (c < 0x20 || c == 0x7f)) {
            return at;
        }
        ++at;
    }
    return at;
}

}  // namespace contend::http_text
