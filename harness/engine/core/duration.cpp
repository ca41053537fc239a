#include "core/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace contend {

Nanoseconds parse_duration(std::string_view text) {
    struct Unit {
        std::string_view name;
        double nanoseconds;
    };
    constexpr std::array<Unit, 6> kUnits = {
        {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}}};
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc{}) {
        for (const Unit& unit : kUnits) {
            const double value = number * unit.nanoseconds;
            if (unit.name == std::string_view(rest, static_cast<std::size_t>(end - rest)) &&
                value >= 0 && value < 9.2e18) {
                return Nanoseconds(std::llround(value));
            }
        }
    }
    throw std::invalid_argument(
        fmt::format("'{}' is not a duration: write a number with ns, us, ms, s, m or h", text));
}

}  // namespace contend
