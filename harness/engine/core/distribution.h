// The law of a duration: fixed, exponential, uniform or lognormal.
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
    /// and sigma. Throws std::invalid_argument, saying what is wrong, for anything else.
    static Distribution parse(std::string_view text);

    [[nodiscard]] Nanoseconds sample(Random& random) const;
    [[nodiscard]] double mean_ns() const;
    /// E[S²], in ns²: what the waiting time of an M/G/1 queue depends on.
    [[nodiscard]] double second_moment_ns2() const;

   private:
    enum class Law : std::uint8_t { kFixed, kExponential, kUniform, kLognormal };

    Distribution(Law law, double first, double second)
        : law_(law), first_(first), second_(second) {}

    Law law_;
    double first_;   // value, mean, lower end or median, in ns
    double second_;  // upper end in ns, or sigma
};

}  // namespace contend
