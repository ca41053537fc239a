// Fuzz target: an HTTP/1.1 session, told the same bytes whole and in pieces. Each exchange is over
// once, by the same outcome however the bytes are split; what its reader says of the response is
// what it says of the exchange; and what it says of the connection agrees. A finding is thrown.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "core/split_input.h"
#include "exchange/registry.h"
#include "http/response_reader.h"

namespace contend {
namespace {

struct Said {
    Outcome outcome = Outcome::kUnfinished;
    int status = 0;
    bool goes_on = true;
    std::size_t heard = 0;  // bytes, up to the end of the exchange
};

// Until the exchange is over, or the stream.
Said told(Session& session, const std::vector<std::string_view>& pieces) {
    Events events;
    Said said;
    int completed = 0;
    const auto take = [&](const Event& event) {
        ++completed;
        said.outcome = event.outcome;
        said.status = event.status;
    };
    session.begin(0, {});
    for (const auto piece : pieces) {
        said.goes_on = session.feed(piece, events).goes_on;
        said.heard += piece.size();
        events.drain(take);
        if (completed > 0) {
            break;
        }
        if (!said.goes_on) {
            throw std::logic_error("the connection is of no more use, and the exchange not over");
        }
    }
    session.end(events);
    events.drain(take);
    if (completed != 1) {
        throw std::logic_error(fmt::format("the exchange was over {} times", completed));
    }
    session.reset(events);
    events.drain([](const Event&) { throw std::logic_error("what was over is over again"); });
    return said;
}

bool is_whole(Outcome outcome) { return outcome == Outcome::kOk || outcome == Outcome::kStatus; }

void check(const SplitInput& input) {
    static const auto makers = [] {
        TrialSpec get;
        get.host = "localhost";
        get.classes.emplace_back();
        TrialSpec head = get;
        head.classes[0].method = "HEAD";
        return std::array{prepare_sessions(get), prepare_sessions(head)};
    }();
    const auto session = makers[input.flag ? 1 : 0]();
    const Said whole = told(
        *session, input.bytes.empty() ? std::vector<std::string_view>() : std::vector{input.bytes});
    const Said split = told(*session, input.pieces);

    ResponseReader reader;
    reader.begin({.to_head = input.flag});
    auto state = input.bytes.empty() ? ReadState::kIncomplete : reader.read(input.bytes);
    const bool needed_end = state == ReadState::kIncomplete;
    if (needed_end) {
        state = reader.end_of_stream();
    }
    const bool reads_whole = state == ReadState::kComplete;
    const std::size_t end = input.bytes.empty() ? 0 : reader.consumed();
    // What comes with a response's end makes it overlong, unless it is a response itself.
    const auto expects_whole = [&](const Said& said) {
        const std::string_view more =
            input.bytes.substr(end, said.heard - std::min(said.heard, end));
        return reads_whole && std::string_view("HTTP/").substr(0, more.size()) == more.substr(0, 5);
    };
    if (is_whole(split.outcome) != expects_whole(split) ||
        is_whole(whole.outcome) != expects_whole(whole)) {
        throw std::logic_error("reader and session differ");
    }
    if (is_whole(whole.outcome) && is_whole(split.outcome) && whole.outcome != split.outcome) {
        throw std::logic_error("whole and in pieces it means something else");
    }
    if (is_whole(whole.outcome) && !needed_end &&
        whole.goes_on != (reader.keep_alive() && end == input.bytes.size())) {
        throw std::logic_error("reader and session differ on what becomes of the connection");
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
