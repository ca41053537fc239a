// All protocols. One more is a file of its own and a line in each of the two lists.
#include <array>
#include <stdexcept>
#include <string>

#include "protocols/protocol.h"

namespace contend {

extern const ProtocolKind kHttp1;
extern const ProtocolKind kWebSocket;

std::span<const ProtocolKind> protocol_kinds() {
    static const std::array kinds{kHttp1, kWebSocket};
    return kinds;
}

ProtocolMaker prepare_protocol(const TrialSpec& spec) {
    std::string known;
    for (const auto& kind : protocol_kinds()) {
        if (kind.name == spec.protocol) {
            return kind.prepare(spec);
        }
        known += (known.empty() ? "" : ", ") + std::string(kind.name);
    }
    throw std::invalid_argument("no protocol '" + spec.protocol + "': there are " + known);
}

}  // namespace contend
