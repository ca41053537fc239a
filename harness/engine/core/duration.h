// Durations as people write them: "2ms", "1.5s", "300us".
#pragma once

#include <string_view>

#include "core/clock.h"

namespace contend {

/// Units: ns, us, ms, s, m, h. Throws std::invalid_argument for anything else, for a negative
/// number, and for more than 292 years.
Nanoseconds parse_duration(std::string_view text);

}  // namespace contend
