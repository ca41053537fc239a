// Frames mean the same however they are split, and what was heard is never more than what was said.
#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/split_input.h"
#include "exchange/websocket_frames.h"

namespace contend {
namespace {

// Each event with what belongs to it, as text.
std::string meaning(const std::vector<std::string_view>& pieces) {
    WebSocketFrames frames;
    std::string told;
    std::string message;
    for (std::string_view bytes : pieces) {
        while (!bytes.empty()) {
            const std::size_t before = bytes.size();
            const auto event =
                frames.parse(bytes, [&](std::string_view piece) { message += piece; });
            if (bytes.size() >= before) {
                throw std::logic_error("nothing was taken");
            }
            switch (event) {
                case WebSocketFrames::Event::kIncomplete:
                    break;
                case WebSocketFrames::Event::kMalformed:
                    return told + "malformed";
                case WebSocketFrames::Event::kMessage:
                    if (frames.in_message()) {
                        throw std::logic_error("a message has ended and goes on");
                    }
                    told += fmt::format("message {};", std::exchange(message, {}));
                    break;
                default:
                    if (frames.control_payload().size() > WebSocketFrames::kMostControlBytes) {
                        throw std::logic_error("a control frame is too long");
                    }
                    told += fmt::format("control {} {};", static_cast<int>(event),
                                        frames.control_payload());
            }
        }
    }
    return told + fmt::format("rest {} {}", message, frames.in_message());
}

void check(const SplitInput& input) {
    const std::string split = meaning(input.pieces);
    const std::string whole = meaning({input.bytes});
    if (split != whole) {
        throw std::logic_error(fmt::format("whole it is: {}; in pieces it is: {}", whole, split));
    }
    if (whole.size() > 40 * (input.bytes.size() + 1)) {
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
