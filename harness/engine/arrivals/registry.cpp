// All arrival processes. One more is a file of its own and a line in each of the two lists.
#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <string>

#include "arrivals/arrival_process.h"

namespace contend {

extern const ArrivalKind kBursts;
extern const ArrivalKind kClosed;
extern const ArrivalKind kConstant;
extern const ArrivalKind kPoisson;

std::span<const ArrivalKind> arrival_kinds() {
    static const std::array kinds{kClosed, kConstant, kPoisson, kBursts};
    return kinds;
}

std::unique_ptr<ArrivalProcess> make_arrival_process(std::string_view name,
                                                     const ArrivalParameters& parameters) {
    std::string known;
    for (const auto& kind : arrival_kinds()) {
        if (kind.name == name) {
            const double rate = parameters.rate_per_s;
            const bool possible = rate >= kLowestRate && rate <= kHighestRate;
            if (kind.open_loop && !possible) {
                throw std::invalid_argument(
                    fmt::format("arrivals '{}' need a rate from {} to {} per second, not {}", name,
                                kLowestRate, kHighestRate, rate));
            }
            return kind.make(parameters);
        }
        known += (known.empty() ? "" : ", ") + std::string(kind.name);
    }
    throw std::invalid_argument("no arrivals '" + std::string(name) + "': there are " + known);
}

}  // namespace contend
