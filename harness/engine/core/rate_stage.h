// A part of an open loop's rate curve.
//
// A value.
#pragma once

#include "core/clock.h"

namespace contend {

/// The rate goes straight, from what it is at, to `rate_per_s` within `length`; at once where that
/// is nothing.
struct RateStage {
    Nanoseconds length{0};
    double rate_per_s = 0.0;
};

}  // namespace contend
