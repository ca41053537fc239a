// All protocols. One more is a file of its own and a line in each of the two lists.
#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "exchange/session.h"

namespace contend {

extern const ProtocolKind kChat;
extern const ProtocolKind kEventStream;
extern const ProtocolKind kHttp1;
extern const ProtocolKind kWebSocket;

std::span<const ProtocolKind> protocol_kinds() {
    static const std::array kinds{kHttp1, kWebSocket, kChat, kEventStream};
    return kinds;
}

namespace {

void check_options(const ProtocolKind& kind, const TrialSpec& spec) {
    for (const auto& [name, value] : spec.protocol_options) {
        const auto is_it = [&name](const ProtocolOption& option) { return option.name == name; };
        if (std::ranges::none_of(kind.options, is_it)) {
            throw std::invalid_argument(std::string(kind.name) + " has no option '" + name + "'");
        }
    }
}

}  // namespace

ProtocolMaker prepare_protocol(const TrialSpec& spec) {
    std::string known;
    for (const auto& kind : protocol_kinds()) {
        if (kind.name == spec.protocol) {
            check_options(kind, spec);
            return kind.prepare(spec);
        }
        known += (known.empty() ? "" : ", ") + std::string(kind.name);
    }
    throw std::invalid_argument("no protocol '" + spec.protocol + "': there are " + known);
}

std::size_t listening_connections(const TrialSpec& spec) {
    const auto is_it = [&spec](const ProtocolKind& kind) { return kind.name == spec.protocol; };
    const auto kind = std::ranges::find_if(protocol_kinds(), is_it);
    return kind->listening == nullptr ? 0 : kind->listening(spec);
}

}  // namespace contend
