// One exchange on its way from an intended send time to an outcome: a request and what answers it.
//
// A plain value that moves from the schedule through the queue onto a connection.
#pragma once

#include <cstdint>

#include "core/clock.h"

namespace contend {

struct Exchange {
    TimePoint intended{};
    TimePoint sent{};            // of the first send; meaningful once `was_sent`
    Nanoseconds own_lateness{};  // of that send: how late the generator was, a connection free
    // What was known when it was sent of what late sends may have done to it (late_sends.h).
    std::uint64_t number = 0;
    Nanoseconds began_late{};
    Nanoseconds left_to_do{};
    std::uint32_t class_index = 0;
    std::uint32_t stage = 0;  // of the rate, where there are stages
    bool measured = false;    // intended within the measure phase
    bool was_sent = false;
    bool resent = false;
};

}  // namespace contend
