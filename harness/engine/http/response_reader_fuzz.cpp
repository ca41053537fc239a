// Fuzz target: ResponseReader beside Boost.Beast's parser. The same bytes mean the same however
// they are split; what both accept means the same; and what only one of them accepts is
// one of the differences written down here. A finding is thrown.
#include "http/response_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/split_input.h"
#include "http/second_opinion.h"
#include "http/text.h"

namespace contend {
namespace {

using Opinion = SecondOpinion<false>;
using Field = Opinion::Field;
using HttpError = boost::beast::http::error;

// What a stream meant. The defaults are those of one that is no response.
struct Meaning {
    bool accepted = false;
    bool until_close = false;  // the end of the stream was needed to know
    int status = 0;
    bool keep_alive = false;
    std::size_t end = 0;
    std::string body;
    bool operator==(const Meaning&) const = default;
};

std::string described(const Meaning& meaning) {
    return meaning.accepted
               ? fmt::format("status {}, {}, {} bytes of body, ends at {}{}", meaning.status,
                             meaning.keep_alive ? "kept" : "closed", meaning.body.size(),
                             meaning.end, meaning.until_close ? " with the stream" : "")
               : "no response";
}

Meaning ours(const std::vector<std::string_view>& pieces, bool to_head) {
    ResponseReader reader;
    reader.begin({.to_head = to_head});
    Meaning meaning;
    for (const auto piece : pieces) {
        reader.read(piece, [&](std::string_view body) { meaning.body += body; });
        meaning.end += reader.consumed();
        if (reader.state() != ReadState::kIncomplete) {
            break;
        }
    }
    if (reader.state() == ReadState::kIncomplete) {
        meaning.until_close = true;
        reader.end_of_stream();
    }
    if (reader.state() != ReadState::kComplete) {
        return {};
    }
    meaning.accepted = true;
    meaning.status = reader.head().status;
    meaning.keep_alive = reader.keep_alive();
    return meaning;
}

Meaning beasts(const Opinion& opinion) {
    if (!opinion.accepted()) {
        return {};
    }
    const auto& message = opinion.last().get();
    return {.accepted = true,
            .until_close = opinion.until_close(),
            .status = static_cast<int>(message.result_int()),
            .keep_alive = opinion.last().keep_alive(),
            .end = opinion.end(),
            .body = message.body()};
}

// What Beast accepts and we refuse on purpose.
bool is_strictness(const SplitInput& input, const Opinion& opinion) {
    const auto is_number = [](std::string_view text) {
        std::uint64_t number = 0;
        return http_text::whole_number(text, 10, number);
    };
    const auto messages_have = [&](auto what) {
        return std::ranges::any_of(opinion.messages(),
                                   [&](const auto& message) { return what(message.get()); });
    };
    return
        // Nobody asked to switch protocols (RFC 9110, 15.2.2), and there is no status below 100
        // (RFC 9110, 15).
        messages_have([](const auto& message) {
            return message.result_int() == 101 || message.result_int() < 100;
        }) ||
        // RFC 9112, 5.2: a folded line is obsolete, and a server must not send one.
        input.bytes.find("\r\n ") != std::string_view::npos ||
        input.bytes.find("\r\n\t") != std::string_view::npos ||
        // RFC 9110, 8.6: a list of the same length may be refused.
        opinion.any_field(Field::content_length,
                          [&](std::string_view value) { return !is_number(value); }) ||
        // RFC 9112, 6.1: a coding that was not asked for can't be read, chunks are coded once, and
        // a server must not send them to HTTP/1.0, nor empty items of a list (RFC 9110, 5.6.1.1).
        opinion.any_field(
            Field::transfer_encoding,
            [](std::string_view value) { return !http_text::same(value, "chunked"); }) ||
        messages_have([](const auto& message) {
            return message.version() == 10 && message.count(Field::transfer_encoding) > 0;
        }) ||
        // No body is this long; we use the number for one without a length.
        opinion.any_field(
            Field::content_length,
            [](std::string_view value) { return value.ends_with("18446744073709551615"); }) ||
        // RFC 9112, 2.3 and 3: a limit to a head's length is the recipient's own.
        input.bytes.size() > ResponseHead::kLongest || opinion.is_too_lenient();
}

// What Beast refuses and we accept on purpose.
bool is_leniency(const Opinion& opinion) {
    // RFC 9112, 4: a reason may be empty; some leave out the space before it, too.
    return opinion.error() == HttpError::bad_status || opinion.is_too_strict();
}

void check(const SplitInput& input) {
    const Meaning split = ours(input.pieces, input.flag);
    const Meaning whole = ours({input.bytes}, input.flag);
    if (split != whole) {
        throw std::logic_error(fmt::format("whole it is: {}; in pieces it is: {}", described(whole),
                                           described(split)));
    }

    const Opinion opinion(input.pieces, input.flag);
    const Meaning other = beasts(opinion);
    bool excused = false;
    if (whole.accepted && other.accepted) {
        Meaning persisting = other;
        persisting.keep_alive = whole.keep_alive;
        excused = whole == persisting && opinion.may_misjudge_persistence();
    } else {
        excused = whole.accepted ? is_leniency(opinion) : is_strictness(input, opinion);
    }
    if (whole != other && !excused) {
        throw std::logic_error(fmt::format("ours: {}; Beast's: {} ({})", described(whole),
                                           described(other), opinion.error().message()));
    }
}

}  // namespace
}  // namespace contend

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    contend::check(
        contend::SplitInput(std::string_view(reinterpret_cast<const char*>(data), size)));
    return 0;
}
