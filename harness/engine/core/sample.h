// One request of a trial, as it was: for those who have to look at each.
//
// A plain value.
#pragma once

#include "core/clock.h"
#include "core/outcome.h"

namespace contend {

struct Sample {
    TimePoint intended{};
    TimePoint sent{};  // as intended, when it never was
    TimePoint completed{};
    Outcome outcome = Outcome::kOk;
};

}  // namespace contend
