#include "models/handler.h"

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace contend {

namespace {

constexpr std::array<std::pair<std::string_view, StepKind>, 3> kStepKinds = {
    {{"cpu", StepKind::kCpu}, {"io", StepKind::kIo}, {"pool", StepKind::kPool}}};

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw std::invalid_argument("handler '" + std::string(text) + "': " + why);
}

// Up to the next comma that is not between the parentheses of a distribution.
std::string_view first_step(std::string_view text) {
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '(' ? 1 : 0;
        depth -= text[i] == ')' ? 1 : 0;
        if (text[i] == ',' && depth == 0) {
            return text.substr(0, i);
        }
    }
    return text;
}

Step parse_step(std::string_view step, std::string_view whole) {
    const auto equals = step.find('=');
    for (const auto& [name, kind] : kStepKinds) {
        if (step.substr(0, equals) == name && equals != std::string_view::npos) {
            try {
                return {kind, Distribution::parse(step.substr(equals + 1))};
            } catch (const std::invalid_argument& error) {
                refuse(whole, error.what());
            }
        }
    }
    refuse(whole,
           "'" + std::string(step) + "' is no step: write cpu=, io= or pool= and a duration");
}

}  // namespace

Handler parse_handler(std::string_view text) {
    Handler handler;
    for (std::string_view rest = text;;) {
        const auto step = first_step(rest);
        handler.push_back(parse_step(step, text));
        if (step.size() == rest.size()) {
            return handler;
        }
        rest.remove_prefix(step.size() + 1);
    }
}

Mix::Mix(std::vector<WeightedHandler> classes) : classes_(std::move(classes)) {
    if (classes_.empty()) {
        classes_.push_back({1.0, {}});
    }
    double sum = 0.0;
    for (const auto& one : classes_) {
        if (!(one.weight > 0.0) || !std::isfinite(one.weight)) {
            throw std::invalid_argument("the weight of a handler must be above 0");
        }
        sum += one.weight;
        cumulative_.push_back(sum);
    }
}

std::uint32_t Mix::draw_class(Random& random) const noexcept {
    if (classes_.size() == 1) {
        return 0;
    }
    const double drawn = random.uniform() * cumulative_.back();
    std::uint32_t index = 0;
    while (index + 1 < cumulative_.size() && drawn >= cumulative_[index]) {
        ++index;
    }
    return index;
}

}  // namespace contend
