#include "core/distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/duration.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

TEST(Duration, TakesEveryUnit) {
    EXPECT_EQ(parse_duration("7ns"), 7ns);
    EXPECT_EQ(parse_duration("1.5us"), 1500ns);
    EXPECT_EQ(parse_duration("2ms"), 2ms);
    EXPECT_EQ(parse_duration("0s"), 0s);
    EXPECT_EQ(parse_duration("3m"), 3min);
    EXPECT_EQ(parse_duration("1h"), 1h);
}

TEST(Duration, RefusesTheRest) {
    for (const std::string text :
         {"", "5", "ms", "-1s", "1 s", "1sec", "nans", "infs", "1e30h", "1s2", " 1s", "0x10s"}) {
        EXPECT_THROW(parse_duration(text), std::invalid_argument) << text;
    }
}

struct Moments {
    std::string law;
    double mean_ms;
    double square_ms2;  // E[S²]
};

TEST(Distribution, HasTheMomentsOfItsLaw) {
    const std::vector<Moments> laws{
        {"2ms", 2, 4},
        {"exp(2ms)", 2, 8},
        {"uniform(1ms,3ms)", 2, 13.0 / 3},
        {"lognormal(2ms, 0.5)", 2 * std::exp(0.125), 4 * std::exp(0.5)},
        {"bimodal(1ms, 9ms, 0.1)", 1.8, 9},
    };
    for (const auto& [text, mean_ms, square_ms2] : laws) {
        const Distribution law = Distribution::parse(text);
        Random random(42);
        double sum = 0;
        double squares = 0;
        constexpr int kSamples = 1'000'000;
        for (int i = 0; i < kSamples; ++i) {
            const double value_ms = static_cast<double>(law.sample(random).count()) * 1e-6;
            sum += value_ms;
            squares += value_ms * value_ms;
        }
        EXPECT_NEAR(sum / kSamples / mean_ms, 1.0, 0.01) << text;
        EXPECT_NEAR(squares / kSamples / square_ms2, 1.0, 0.02) << text;
    }
}

TEST(Distribution, RefusesWhatIsNoLaw) {
    for (const std::string text :
         {"exp()", "exp(2)", "uniform(3ms,1ms)", "uniform(1ms)", "exp(2ms", "lognormal(2ms,x)",
          "lognormal(2ms,-1)", "gamma(2ms,3)", "bimodal(1ms,2ms)", "bimodal(1ms,2ms,1.5)", "()"}) {
        EXPECT_THROW(Distribution::parse(text), std::invalid_argument) << text;
    }
}

}  // namespace
}  // namespace contend
