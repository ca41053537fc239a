#include "models/handler.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace contend {
namespace {

using namespace std::chrono_literals;
using Classes = std::vector<WeightedHandler>;

TEST(Handler, RunsItsStepsInOrder) {
    const Handler handler = parse_handler("cpu=2ms,io=10ms,pool=uniform(1ms,3ms),cpu=50us");
    Random random(1);
    HandlerRun run(handler, random);
    auto step = run.next_step();
    ASSERT_TRUE(step);
    EXPECT_EQ(step->kind, StepKind::kCpu);
    EXPECT_EQ(step->duration, 2ms);
    step = run.next_step();
    ASSERT_TRUE(step);
    EXPECT_EQ(step->kind, StepKind::kIo);
    step = run.next_step();
    ASSERT_TRUE(step);
    EXPECT_EQ(step->kind, StepKind::kPool);
    EXPECT_GE(step->duration, 1ms);
    EXPECT_LE(step->duration, 3ms);
    step = run.next_step();
    ASSERT_TRUE(step);
    EXPECT_EQ(step->duration, 50us);
    EXPECT_FALSE(run.next_step());
    EXPECT_FALSE(HandlerRun().next_step());
}

TEST(Handler, SaysWhatIsWrong) {
    for (const std::string text : {"", "cpu", "cpu=", "cpu=2", "disk=2ms", "cpu=2ms,", ",cpu=2ms",
                                   "cpu=2ms;io=1ms", "cpu=uniform(1ms,3ms", "cpu=-1ms"}) {
        EXPECT_THROW(parse_handler(text), std::invalid_argument) << text;
    }
    try {
        parse_handler("cpu=1ms,disk=2ms");
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_NE(std::string(error.what()).find("'disk=2ms' is no step"), std::string::npos);
    }
}

TEST(Mix, DrawsByWeight) {
    const Mix mix(Classes{{3, parse_handler("cpu=1ms")}, {1, parse_handler("cpu=2ms")}});
    Random random = server_random(7);
    int second = 0;
    for (int i = 0; i < 40'000; ++i) {
        second += mix.draw_class(random) == 1 ? 1 : 0;
    }
    EXPECT_NEAR(second, 10'000, 400);
}

TEST(Mix, IsOneClassWithoutStepsWhenNoneIsGiven) {
    const Mix mix{Classes{}};
    Random random(1);
    ASSERT_EQ(mix.size(), 1U);
    EXPECT_EQ(mix.draw_class(random), 0U);
    EXPECT_TRUE(mix.handler(0).empty());
}

TEST(Mix, RefusesWeightsThatAreNone) {
    EXPECT_THROW(Mix(Classes{{0, {}}}), std::invalid_argument);
    EXPECT_THROW(Mix(Classes{{1, {}}, {-1, {}}}), std::invalid_argument);
}

}  // namespace
}  // namespace contend
