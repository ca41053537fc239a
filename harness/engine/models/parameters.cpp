#include "models/parameters.h"

#include <charconv>
#include <stdexcept>

#include "core/duration.h"

namespace contend {

Parameters::Parameters(std::string_view owner, std::span<const Parameter> declared,
                       const GivenParameters& given)
    : owner_(owner) {
    std::string known;
    for (const auto& parameter : declared) {
        values_.emplace(parameter.name, parameter.default_value);
        known += (known.empty() ? "" : ", ") + std::string(parameter.name);
    }
    for (const auto& [name, value] : given) {
        const auto found = values_.find(name);
        if (found == values_.end()) {
            throw std::invalid_argument(owner_ + " has no parameter '" + name + "': it has " +
                                        (known.empty() ? "none" : known));
        }
        found->second = value;
    }
}

std::uint64_t Parameters::count(std::string_view name, std::uint64_t lowest,
                                std::uint64_t highest) const {
    const std::string& text = value(name);
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number < lowest || number > highest) {
        refuse(name,
               "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
    }
    return number;
}

Nanoseconds Parameters::duration(std::string_view name) const {
    try {
        const Nanoseconds duration = parse_duration(value(name));
        if (duration > Nanoseconds(0)) {
            return duration;
        }
    } catch (const std::invalid_argument&) {
        refuse(name, "a duration such as 5ms");
    }
    refuse(name, "a duration above 0");
}

Nanoseconds Parameters::duration_or_zero(std::string_view name) const {
    try {
        return parse_duration(value(name));
    } catch (const std::invalid_argument&) {
        refuse(name, "a duration such as 5ms, or 0s");
    }
}

Distribution Parameters::law(std::string_view name) const {
    try {
        return Distribution::parse(value(name));
    } catch (const std::invalid_argument& error) {
        refuse(name, "a law of durations: " + std::string(error.what()));
    }
}

const std::string& Parameters::value(std::string_view name) const {
    return values_.find(name)->second;
}

void Parameters::refuse(std::string_view name, const std::string& why) const {
    throw std::invalid_argument(owner_ + ": " + std::string(name) + "='" + value(name) +
                                "' is not " + why);
}

}  // namespace contend
