// A small, fast, seeded generator of random numbers: xoshiro256++, seeded by splitmix64.
//
// The same seed gives the same numbers on every machine and compiler, which the standard
// library's distributions do not promise. A value; one thread each.
// Source: D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators" (2021).
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace contend {

class Random {
   public:
    explicit Random(std::uint64_t seed) noexcept {
        for (auto& word : state_) {
            word = split_mix(seed);
        }
    }

    [[nodiscard]] std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    /// In [0, 1), with 53 random bits.
    [[nodiscard]] double uniform() noexcept {
        return static_cast<double>(next() >> 11) * 0x1.0p-53;
    }

    /// Exponential with mean 1, at most 37. 1 - uniform() is exact and never 0, so that log1p,
    /// which takes twice as long, would give nothing more.
    [[nodiscard]] double exponential() noexcept { return 0.0 - std::log(1.0 - uniform()); }

    /// Normal with mean 0 and standard deviation 1 (Box and Muller).
    [[nodiscard]] double normal() noexcept {
        const double radius = std::sqrt(2.0 * exponential());
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }

   private:
    static std::uint64_t split_mix(std::uint64_t& state) noexcept {
        state += 0x9e3779b97f4a7c15ULL;
        std::uint64_t word = state;
        word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
        word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
        return word ^ (word >> 31);
    }

    std::array<std::uint64_t, 4> state_{};
};

}  // namespace contend
