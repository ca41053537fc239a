// The law of a duration: fixed, exponential, uniform, lognormal or one of two values.
//
// An immutable value; sampling draws from the caller's generator, so that one seed decides a
// whole trial.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/clock.h"
#include "core/random.h"

namespace contend {

class Distribution {
   public:
    static Distribution fixed(Nanoseconds value);

    /// "2ms", "exp(2ms)" by its mean, "uniform(1ms,3ms)", "lognormal(2ms,0.5)" by its median
    /// and sigma, "bimodal(1ms,9ms,0.1)" with the share of the second. Throws
    /// std::invalid_argument, saying what is wrong, for anything else.
    static Distribution parse(std::string_view text);

    [[nodiscard]] Nanoseconds sample(Random& random) const;

   private:
    enum class Law : std::uint8_t { kFixed, kExponential, kUniform, kLognormal, kBimodal };

    Distribution(Law law, double first, double second, double share = 0.0)
        : law_(law), first_(first), second_(second), share_(share) {}

    Law law_;
    double first_;   // value, mean, lower end, median or one of two values, in ns
    double second_;  // upper end or the other value in ns, or sigma
    double share_;   // of the other value
};

}  // namespace contend
