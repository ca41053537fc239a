// Fuzz target: RequestReader beside Boost.Beast's parser. The same bytes mean the same however
// they are split; what both readers accept means the same; and what only one of them accepts is
// one of the differences written down here. A finding is thrown.
#include "http/request_reader.h"

#include <fmt/format.h>

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

using Opinion = SecondOpinion<true>;
using Field = Opinion::Field;
using HttpError = boost::beast::http::error;

// What a stream meant. The defaults are those of one that is no request.
struct Meaning {
    bool accepted = false;
    std::string path;
    bool is_head = false;
    bool http_1_0 = false;
    bool keep_alive = false;
    std::size_t end = 0;
    bool operator==(const Meaning&) const = default;
};

std::string described(const Meaning& meaning) {
    return meaning.accepted
               ? fmt::format("{} of {} in 1.{}, {}, ends at {}", meaning.is_head ? "HEAD" : "other",
                             meaning.path, meaning.http_1_0 ? 0 : 1,
                             meaning.keep_alive ? "kept" : "closed", meaning.end)
               : "no request";
}

Meaning ours(const std::vector<std::string_view>& pieces) {
    RequestReader reader;
    reader.begin();
    std::size_t end = 0;
    for (const auto piece : pieces) {
        reader.read(piece);
        end += reader.consumed();
        if (reader.state() != ReadState::kIncomplete) {
            break;
        }
    }
    if (reader.state() != ReadState::kComplete) {
        return {};
    }
    return {.accepted = true,
            .path = std::string(reader.head().path()),
            .is_head = reader.head().is_head(),
            .http_1_0 = reader.http_1_0(),
            .keep_alive = reader.keep_alive(),
            .end = end};
}

// RFC 9112, 3.2: the target is a path with a query, or such behind a scheme and an authority.
std::string path_of(std::string_view target) {
    constexpr std::string_view kScheme = "http://";
    target = target.substr(0, target.find('?'));
    if (target.starts_with(kScheme)) {
        const auto slash = target.find('/', kScheme.size());
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    return std::string(target);
}

Meaning beasts(const Opinion& opinion) {
    if (!opinion.accepted()) {
        return {};
    }
    const auto& message = opinion.last().get();
    const auto target = message.target();
    return {.accepted = true,
            .path = path_of({target.data(), target.size()}),
            .is_head = message.method() == boost::beast::http::verb::head,
            .http_1_0 = message.version() == 10,
            .keep_alive = opinion.last().keep_alive(),
            .end = opinion.end()};
}

// What Beast accepts and we refuse on purpose.
bool is_strictness(const SplitInput& input, const Opinion& opinion) {
    const auto& message = opinion.last().get();
    const std::string_view target(message.target().data(), message.target().size());
    const auto is_number = [](std::string_view text) {
        std::uint64_t number = 0;
        return http_text::whole_number(text, 10, number);
    };
    const auto hosts = opinion.count_in_head(Field::host);
    return
        // RFC 9112, 3.2: one Host, which HTTP/1.0 may leave out.
        hosts > 1 || (hosts == 0 && message.version() == 11) ||
        // RFC 9112, 3.2.3 and 3.2.4: we are no proxy, and nothing is said of the server as a whole.
        !(target.starts_with('/') || target.starts_with("http://")) ||
        // RFC 9112, 5.2: a folded line is obsolete, and a server may refuse it.
        input.bytes.find("\r\n ") != std::string_view::npos ||
        input.bytes.find("\r\n\t") != std::string_view::npos ||
        // RFC 9110, 8.6: lengths that are repeated may be refused, in lines or a list.
        opinion.count_in_head(Field::content_length) > 1 ||
        opinion.any_field(Field::content_length,
                          [&](std::string_view value) { return !is_number(value); }) ||
        // RFC 9112, 6.1: another coding is not understood, and in HTTP/1.0 it is faulty.
        opinion.any_field(
            Field::transfer_encoding,
            [](std::string_view value) { return !http_text::same(value, "chunked"); }) ||
        (message.version() == 10 && message.count(Field::transfer_encoding) > 0) ||
        // RFC 9112, 2.3 and 3: a limit to a head's length is the recipient's own.
        input.bytes.size() > RequestHead::kLongest || opinion.is_too_lenient();
}

// What Beast refuses and we accept on purpose.
bool is_leniency(const SplitInput& input, const Opinion& opinion) {
    // RFC 9112, 2.2: a server should pass over empty lines before a request.
    return (opinion.error() == HttpError::bad_method && input.bytes.starts_with("\r\n")) ||
           opinion.is_too_strict();
}

void check(const SplitInput& input) {
    const Meaning split = ours(input.pieces);
    const Meaning whole = ours({input.bytes});
    if (split != whole) {
        throw std::logic_error(fmt::format("whole it is: {}; in pieces it is: {}", described(whole),
                                           described(split)));
    }
    const Opinion opinion(input.pieces);
    const Meaning other = beasts(opinion);
    bool excused = false;
    if (whole.accepted && other.accepted) {
        Meaning persisting = other;
        persisting.keep_alive = whole.keep_alive;
        excused = whole == persisting && opinion.may_misjudge_persistence();
    } else {
        excused = whole.accepted ? is_leniency(input, opinion) : is_strictness(input, opinion);
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
