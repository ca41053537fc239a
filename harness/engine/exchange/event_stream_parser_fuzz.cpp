// Events mean the same however they are split, and what was heard is never more than what was said.
#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/split_input.h"
#include "exchange/event_stream_parser.h"

namespace contend {
namespace {

// Each event's data, and the last one's id: an id stays until there is another, so that all of them
// may be far more than was said.
std::string meaning(const std::vector<std::string_view>& pieces) {
    EventStreamParser parser;
    std::string told;
    std::string last_id;
    for (const std::string_view bytes : pieces) {
        const bool fits = parser.parse(bytes, [&](const EventStreamParser::Event& event) {
            if (event.id.find('\n') != std::string_view::npos) {
                throw std::logic_error("an id has two lines");
            }
            told += fmt::format("{};", event.data);
            last_id = event.id;
        });
        if (!fits) {
            return told + "too long";
        }
    }
    return told + last_id;
}

void check(const SplitInput& input) {
    const std::string split = meaning(input.pieces);
    const std::string whole = meaning({input.bytes});
    if (split != whole) {
        throw std::logic_error(fmt::format("whole it is: {}; in pieces it is: {}", whole, split));
    }
    if (whole.size() > 2 * input.bytes.size() + 16) {
        throw std::logic_error("more was heard than was said");
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
