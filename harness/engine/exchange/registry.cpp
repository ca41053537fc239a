// One more protocol is a file of its own and a line in each of the two lists.
#include "exchange/registry.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

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

const ProtocolKind& kind_of(const TrialSpec& spec) {
    std::string known;
    for (const auto& kind : protocol_kinds()) {
        if (kind.name == spec.protocol) {
            return kind;
        }
        known += (known.empty() ? "" : ", ") + std::string(kind.name);
    }
    throw std::invalid_argument("no protocol '" + spec.protocol + "': there are " + known);
}

}  // namespace

SessionMaker prepare_sessions(const TrialSpec& spec) {
    const ProtocolKind& kind = kind_of(spec);
    check_options(kind, spec);
    return kind.prepare(spec);
}

Pushes pushes_of(const TrialSpec& spec) {
    const ProtocolKind& kind = kind_of(spec);
    return kind.pushes == nullptr ? Pushes{} : kind.pushes(spec);
}

}  // namespace contend
