// How a trial's connections, requests and samples are split over its load threads.
//
// Pure functions, safe from any thread.
#pragma once

#include <algorithm>
#include <cstddef>

namespace contend {

/// What part `index` of `parts` has of a whole.
constexpr std::size_t share_of(std::size_t whole, std::size_t index, std::size_t parts) noexcept {
    return whole / parts + (index < whole % parts ? 1 : 0);
}

/// And what those before it have.
constexpr std::size_t shares_before(std::size_t whole, std::size_t index,
                                    std::size_t parts) noexcept {
    return whole / parts * index + std::min(index, whole % parts);
}

}  // namespace contend
