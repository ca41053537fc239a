// The table of all_models.h, with each model's virtual driver.
#include <array>
#include <stdexcept>

#include "models/all_models.h"
#include "models/model.h"
#include "models/virtual_runtime.h"

namespace contend {

namespace {

template <template <class> class Model>
SimulationResult simulate_model(const Simulation& simulation) {
    using Rules = Model<VirtualRuntime>;
    VirtualRuntime runtime(simulation);
    Rules rules(runtime, Parameters(Rules::kName, Rules::kParameters, simulation.parameters));
    return runtime.run(rules.run());
}

template <template <class> class Model>
constexpr ModelKind describe() {
    using Rules = Model<VirtualRuntime>;
    return {Rules::kName, Rules::kSummary, Rules::kParameters, &simulate_model<Model>};
}

template <template <class> class... Models>
constexpr auto describe_all(ModelList<Models...>) {
    return std::array{describe<Models>()...};
}

constexpr auto kKinds = describe_all(AllModels{});

}  // namespace

std::span<const ModelKind> model_kinds() { return kKinds; }

SimulationResult simulate(std::string_view model, const Simulation& simulation) {
    std::string known;
    for (const auto& kind : model_kinds()) {
        if (kind.name == model) {
            return kind.simulate(simulation);
        }
        known += (known.empty() ? "" : ", ") + std::string(kind.name);
    }
    throw std::invalid_argument("no model '" + std::string(model) + "': there are " + known);
}

}  // namespace contend
