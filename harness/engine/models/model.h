// The table of models: what there is, what each declares, and its virtual driver.
//
// Immutable. The real driver makes its own table from the same list (servers/registry.cpp).
#pragma once

#include <span>
#include <string_view>

#include "models/parameters.h"
#include "models/simulation.h"

namespace contend {

struct ModelKind {
    std::string_view name;
    std::string_view summary;
    std::span<const Parameter> parameters;
    SimulationResult (*simulate)(const Simulation&);
};

/// All models there are, in registry.cpp.
std::span<const ModelKind> model_kinds();

}  // namespace contend
