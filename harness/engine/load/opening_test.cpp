#include "load/opening.h"

#include <gtest/gtest.h>

namespace contend {
namespace {

using namespace std::chrono_literals;

TEST(Opening, SpeedsUpWithEachConnectionThatStands) {
    Opening opening;
    opening.begin(18'000);
    EXPECT_EQ(opening.interval(), Opening::kFirst);
    Nanoseconds spent{0};
    while (opening.may_begin(0)) {
        opening.began();
        spent += opening.interval();
        const Nanoseconds before = opening.interval();
        opening.stood(30us);
        EXPECT_LE(opening.interval(), before);
    }
    EXPECT_EQ(opening.interval(), Opening::kShortest);
    EXPECT_LT(spent, 18'000 * 200us);  // 5,000 a second
    EXPECT_EQ(opening.missing(), 0U);
}

TEST(Opening, StartsAgainWhenABacklogIsFull) {
    Opening opening;
    opening.begin(2'000);
    for (int i = 0; i < 1'000; ++i) {
        opening.stood(30us);
    }
    opening.stood(1s);
    EXPECT_EQ(opening.interval(), Opening::kFirst);
}

TEST(Opening, EndsOnceTheServerTakesNoMore) {
    Opening opening;
    opening.begin(1'000);
    std::size_t begun = 0;
    for (; opening.may_begin(0); ++begun) {
        opening.began();
        opening.failed(5s);
    }
    EXPECT_EQ(begun, Opening::kMostFailedInARow);
    EXPECT_EQ(opening.missing(), 1'000U);
    EXPECT_TRUE(opening.is_begun());
}

}  // namespace
}  // namespace contend
