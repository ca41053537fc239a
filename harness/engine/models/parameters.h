// What a model or a reference server may be told: parameters with names, declared by each
// kind, given as text.
//
// Immutable once made. A declaration is all that --help, the bindings and suite files need.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/distribution.h"

namespace contend {

struct Parameter {
    std::string_view name;
    std::string_view summary;
    std::string_view default_value;
};

using GivenParameters = std::map<std::string, std::string>;

class Parameters {
   public:
    /// `owner` is the kind's name, for messages. Throws std::invalid_argument, naming what is
    /// declared, when `given` has something else.
    Parameters(std::string_view owner, std::span<const Parameter> declared,
               const GivenParameters& given);

    /// A whole number. Throws std::invalid_argument when it is none or out of range.
    [[nodiscard]] std::uint64_t count(std::string_view name, std::uint64_t lowest,
                                      std::uint64_t highest) const;

    /// A duration above 0. Throws std::invalid_argument when it is none.
    [[nodiscard]] Nanoseconds duration(std::string_view name) const;

    /// A duration, 0 included. Throws std::invalid_argument when it is none.
    [[nodiscard]] Nanoseconds duration_or_zero(std::string_view name) const;

    /// A law of durations. Throws std::invalid_argument when it is none.
    [[nodiscard]] Distribution law(std::string_view name) const;

   private:
    /// REQUIRES: `name` is declared.
    [[nodiscard]] const std::string& value(std::string_view name) const;
    [[noreturn]] void refuse(std::string_view name, const std::string& why) const;

    std::string owner_;
    std::map<std::string, std::string, std::less<>> values_;
};

/// The seed of every server that draws: which request is of which class, and how long its
/// steps take.
inline constexpr Parameter kSeedParameter{"seed", "seed of the server's draws", "1"};

}  // namespace contend
