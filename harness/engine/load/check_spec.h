// What can't be run is refused before it is begun.
#pragma once

#include "core/trial_spec.h"

namespace contend {

/// Throws std::invalid_argument that says what is wrong.
void check_spec(const TrialSpec& spec);

/// Requests come at a rate, whatever the server does. REQUIRES: check_spec() took it.
[[nodiscard]] bool is_open_loop(const TrialSpec& spec);

}  // namespace contend
