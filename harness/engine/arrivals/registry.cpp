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
extern const ArrivalKind kReplay;

std::span<const ArrivalKind> arrival_kinds() {
    static const std::array kinds{kClosed, kConstant, kPoisson, kBursts, kReplay};
    return kinds;
}

namespace {

// A rate of zero would be reached, and never left by counting.
void check_stage(const RateStage& stage) {
    if (stage.length < Nanoseconds(0) || stage.rate_per_s < kLowestRate ||
        stage.rate_per_s > kHighestRate) {
        throw std::invalid_argument(
            fmt::format("a stage goes to a rate from {} to {} per second, not {}", kLowestRate,
                        kHighestRate, stage.rate_per_s));
    }
}

}  // namespace

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
            if (!parameters.stages.empty() && !kind.takes_stages) {
                throw std::invalid_argument(
                    fmt::format("arrivals '{}' have no stages: constant or poisson do", name));
            }
            for (const RateStage& stage : parameters.stages) {
                check_stage(stage);
            }
            return kind.make(parameters);
        }
        known += (known.empty() ? "" : ", ") + std::string(kind.name);
    }
    throw std::invalid_argument("no arrivals '" + std::string(name) + "': there are " + known);
}

}  // namespace contend
