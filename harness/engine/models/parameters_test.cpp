#include "models/parameters.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>

#include "models/model.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

constexpr std::array kDeclared{Parameter{"pool", "threads", "4"},
                               Parameter{"interval", "time", "5ms"}};

TEST(Parameters, AreTheDeclaredOnesUnlessGiven) {
    const Parameters parameters("a server", kDeclared, {{"interval", "2us"}});
    EXPECT_EQ(parameters.count("pool", 1, 8), 4U);
    EXPECT_EQ(parameters.duration("interval"), 2us);
}

TEST(Parameters, SayWhatIsWrong) {
    EXPECT_THROW(Parameters("a server", kDeclared, {{"pol", "3"}}), std::invalid_argument);
    for (const std::string text : {"", "x", "-1", "0", "9", "4.5", "4 "}) {
        EXPECT_THROW((void)Parameters("a server", kDeclared, {{"pool", text}}).count("pool", 1, 8),
                     std::invalid_argument)
            << text;
    }
    for (const std::string text : {"", "5", "0ms", "-1ms"}) {
        EXPECT_THROW(
            (void)Parameters("a server", kDeclared, {{"interval", text}}).duration("interval"),
            std::invalid_argument)
            << text;
    }
}

TEST(Models, AreDeclaredAndFoundByName) {
    for (const auto& kind : model_kinds()) {
        Simulation simulation;
        simulation.arrivals = "closed";
        simulation.requests = 1;
        EXPECT_EQ(simulate(kind.name, simulation).requests.size(), 1U) << kind.name;
        simulation.parameters = {{"no such", "1"}};
        EXPECT_THROW(simulate(kind.name, simulation), std::invalid_argument);
    }
    EXPECT_THROW(simulate("hamster-wheel", Simulation{}), std::invalid_argument);
}

}  // namespace
}  // namespace contend
