#include "http/text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/random.h"

namespace contend::http_text {
namespace {

TEST(HttpText, FindsTheFirstControlCharacterWhereverItIs) {
    for (int c = 0; c < 256; ++c) {
        const bool control = c != '\t' && (c < 0x20 || c == 0x7f);
        for (std::size_t size = 1; size < 20; ++size) {
            for (std::size_t at = 0; at < size; ++at) {
                std::string text(size, 'x');
                text[at] = static_cast<char>(c);
                EXPECT_EQ(first_control(text), control ? at : size) << c << " at " << at;
            }
        }
    }
    EXPECT_EQ(first_control(""), 0U);
}

// Characters on both sides of every bound of the ones that are looked for.
TEST(HttpText, FindsTheSameControlCharacterAsOneByOne) {
    constexpr std::string_view kCharacters("\0\1\x08\t\n\r\x1f !~\x7f\x80\x81\x9f\xa0\xff", 16);
    Random random(2);
    for (int round = 0; round < 100'000; ++round) {
        std::string text(random.next() % 24, 'x');
        for (char& c : text) {
            if (random.next() % 8 == 0) {
                c = kCharacters[random.next() % kCharacters.size()];
            }
        }
        std::size_t expected = 0;
        while (expected < text.size() &&
               (text[expected] == '\t' ||
                (static_cast<unsigned char>(text[expected]) >= 0x20 && text[expected] != 0x7f))) {
            ++expected;
        }
        ASSERT_EQ(first_control(text), expected);
    }
}

TEST(HttpText, TokensAreWhatTheRfcSays) {
    int tokens = 0;
    for (int c = 0; c < 256; ++c) {
        tokens += is_token(static_cast<char>(c)) ? 1 : 0;
    }
    EXPECT_EQ(tokens, 15 + 10 + 52);
    EXPECT_TRUE(is_token("X-a_b"));
    for (const std::string_view none : {"", "a b", "a:", "a\t", "(a)", "\x80"}) {
        EXPECT_FALSE(is_token(none)) << none;
    }
}

TEST(HttpText, ComparesInAnyCase) {
    EXPECT_TRUE(same("Content-LENGTH", "content-length"));
    EXPECT_FALSE(same("Content-Length ", "content-length"));
    EXPECT_FALSE(same("@", "`"));  // differ by the bit that case does, and are no letters
}

TEST(HttpText, ListsHaveTrimmedItems) {
    std::vector<std::string> items;
    each_item(" a ,\tb,,c\t", [&](std::string_view item) { items.emplace_back(item); });
    EXPECT_EQ(items, (std::vector<std::string>{"a", "b", "", "c"}));
}

TEST(HttpText, NumbersAreDigitsAndFit) {
    std::uint64_t number = 0;
    EXPECT_TRUE(whole_number("18446744073709551615", 10, number));
    EXPECT_EQ(number, 18446744073709551615U);
    EXPECT_TRUE(whole_number("fF", 16, number));
    EXPECT_EQ(number, 255U);
    for (const std::string_view none : {"", "+1", "-1", " 1", "1 ", "18446744073709551616", "a"}) {
        EXPECT_FALSE(whole_number(none, 10, number)) << none;
    }
    EXPECT_FALSE(whole_number("0x1", 16, number));
}

}  // namespace
}  // namespace contend::http_text
