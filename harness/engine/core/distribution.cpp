#include "core/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "core/duration.h"

namespace contend {

namespace {

// The text between "name(" and ")", if it has that form.
std::optional<std::string_view> arguments_of(std::string_view text, std::string_view name) {
    if (!text.starts_with(name) || !text.ends_with(')') || text.size() < name.size() + 2 ||
        text[name.size()] != '(') {
        return std::nullopt;
    }
    return text.substr(name.size() + 1, text.size() - name.size() - 2);
}

double nanoseconds(std::string_view text) {
    return static_cast<double>(parse_duration(text).count());
}

std::pair<std::string_view, std::string_view> two(std::string_view arguments,
                                                  std::string_view whole) {
    const auto comma = arguments.find(',');
    if (comma == std::string_view::npos) {
        throw std::invalid_argument(fmt::format("'{}' needs two arguments", whole));
    }
    auto second = arguments.substr(comma + 1);
    second.remove_prefix(std::min(second.find_first_not_of(' '), second.size()));
    return {arguments.substr(0, comma), second};
}

double number(std::string_view argument, double most, std::string_view whole,
              std::string_view name) {
    double value = 0;
    const char* const end = argument.data() + argument.size();
    const auto [rest, error] = std::from_chars(argument.data(), end, value);
    if (error != std::errc{} || rest != end || !(0 <= value) || value > most) {
        throw std::invalid_argument(
            fmt::format("'{}' needs a {} between 0 and {}, not '{}'", whole, name, most, argument));
    }
    return value;
}

}  // namespace

Distribution Distribution::fixed(Nanoseconds value) {
    return {Law::kFixed, static_cast<double>(value.count()), 0.0};
}

Distribution Distribution::parse(std::string_view text) {
    if (const auto mean = arguments_of(text, "exp")) {
        return {Law::kExponential, nanoseconds(*mean), 0.0};
    }
    if (const auto ends = arguments_of(text, "uniform")) {
        const auto [low, high] = two(*ends, text);
        const Distribution law(Law::kUniform, nanoseconds(low), nanoseconds(high));
        if (law.first_ > law.second_) {
            throw std::invalid_argument(fmt::format("'{}' has its ends the wrong way round", text));
        }
        return law;
    }
    if (const auto shape = arguments_of(text, "lognormal")) {
        const auto [median, sigma] = two(*shape, text);
        return {Law::kLognormal, nanoseconds(median), number(sigma, 10, text, "sigma")};
    }
    if (const auto values = arguments_of(text, "bimodal")) {
        const auto [first, others] = two(*values, text);
        const auto [second, share] = two(others, text);
        return {Law::kBimodal, nanoseconds(first), nanoseconds(second),
                number(share, 1, text, "share")};
    }
    if (text.find('(') != std::string_view::npos) {
        throw std::invalid_argument(
            fmt::format("'{}' is no law of durations: there are exp(mean), uniform(low,high), "
                        "lognormal(median,sigma) and bimodal(one,other,share of the other)",
                        text));
    }
    return fixed(parse_duration(text));
}

Nanoseconds Distribution::sample(Random& random) const {
    double value = first_;
    switch (law_) {
        case Law::kFixed:
            break;
        case Law::kExponential:
            value = first_ * random.exponential();
            break;
        case Law::kUniform:
            value = first_ + (second_ - first_) * random.uniform();
            break;
        case Law::kLognormal:
            value = first_ * std::exp(second_ * random.normal());
            break;
        case Law::kBimodal:
            value = random.uniform() < share_ ? second_ : first_;
            break;
    }
    constexpr double kLongest = 9.2e18;
    return Nanoseconds(std::llround(std::min(value, kLongest)));
}

}  // namespace contend
