#include "load/class_deck.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>
#include <set>

namespace contend {
namespace {

using Counts = std::vector<std::size_t>;

std::vector<RequestClass> classes_of(const std::vector<double>& weights) {
    std::vector<RequestClass> classes(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
        classes[i].weight = weights[i];
    }
    return classes;
}

ClassDeck deck_of(const std::vector<double>& weights, std::uint64_t seed = 1) {
    return {classes_of(weights), seed};
}

std::vector<std::uint32_t> deal(ClassDeck& deck, std::size_t cards) {
    std::vector<std::uint32_t> dealt(cards);
    for (auto& card : dealt) {
        card = deck.deal();
    }
    return dealt;
}

Counts count(ClassDeck& deck, std::size_t cards, std::size_t classes) {
    Counts counts(classes);
    for (const auto card : deal(deck, cards)) {
        ++counts.at(card);
    }
    return counts;
}

struct Exact {
    std::vector<double> weights;
    Counts counts;  // without a common divisor: the smallest deck there is
};

TEST(ClassDeck, HasEachClassExactlyAsOftenAsItsWeightSays) {
    const std::vector<Exact> all{
        {{95, 5}, {19, 1}},
        {{0.5, 0.5}, {1, 1}},
        {{1, 1, 1}, {1, 1, 1}},
        {{1.0 / 3, 2.0 / 3}, {1, 2}},
        {{45, 45, 10}, {9, 9, 2}},
        {{0.1, 0.2, 0.7}, {1, 2, 7}},
        {{7, 11, 13}, {7, 11, 13}},
        {{33.3, 33.3, 33.4}, {333, 333, 334}},
        {{99.9, 0.1}, {999, 1}},
        {{1e-9, 3e-9}, {1, 3}},
        {std::vector<double>(1000, 0.7), Counts(1000, 1)},
    };
    for (const auto& [weights, counts] : all) {
        std::size_t cards = 0;
        for (const auto one : counts) {
            cards += one;
        }
        ClassDeck deck = deck_of(weights);
        EXPECT_EQ(deck.size(), cards);
        for (int i = 0; i < 20; ++i) {
            EXPECT_EQ(count(deck, cards, weights.size()), counts) << weights[0] << ", deck " << i;
        }
    }
}

TEST(ClassDeck, OneClassIsAllThereIs) {
    ClassDeck deck = deck_of({0.3});
    EXPECT_EQ(deal(deck, 100), std::vector<std::uint32_t>(100, 0));
}

TEST(ClassDeck, WhatIsPushedIsNeverDealt) {
    for (const auto& weights : {std::vector<double>{9, 3, 9, 1, 9},
                                std::vector<double>{9, std::numbers::sqrt2, 9, 1, 9}}) {
        auto classes = classes_of(weights);
        classes[0].pushed = classes[2].pushed = classes[4].pushed = true;
        ClassDeck deck(classes, 1);
        const Counts counts = count(deck, 100'000, 5);
        EXPECT_EQ(counts[0] + counts[2] + counts[4], 0U);
        EXPECT_NEAR(static_cast<double>(counts[1]), 1e5 * weights[1] / (weights[1] + 1), 3);
    }
    auto classes = classes_of({1, 1});
    classes[0].pushed = true;
    ClassDeck deck(classes, 1);
    EXPECT_EQ(deal(deck, 100), std::vector<std::uint32_t>(100, 1));
}

TEST(ClassDeck, IsShuffledAnew) {
    ClassDeck deck = deck_of({95, 5});
    Counts heavy_at(20);
    Counts gaps(40);  // from one heavy request to the next
    std::size_t last = 0;
    for (std::size_t i = 0; i < 40'000; ++i) {
        if (deck.deal() == 1) {
            ++heavy_at[i % 20];
            ++gaps.at(i - last);
            last = i;
        }
    }
    for (const auto times : heavy_at) {
        EXPECT_NEAR(static_cast<double>(times), 100, 50);  // five standard deviations
    }
    // The difference of two independent places: a triangle around 20.
    EXPECT_NEAR(static_cast<double>(gaps[20]), 100, 50);
    EXPECT_NEAR(static_cast<double>(gaps[10]), 50, 35);
    EXPECT_NEAR(static_cast<double>(gaps[30]), 50, 35);
}

TEST(ClassDeck, EveryOrderIsAsLikely) {
    ClassDeck deck = deck_of({1, 1, 1});
    std::map<std::vector<std::uint32_t>, int> orders;
    for (int i = 0; i < 6000; ++i) {
        ++orders[deal(deck, 3)];
    }
    EXPECT_EQ(orders.size(), 6U);
    for (const auto& [order, times] : orders) {
        EXPECT_NEAR(times, 1000, 150);
    }
}

TEST(ClassDeck, TheSeedAloneGivesTheOrder) {
    for (const auto& weights : {std::vector<double>{95, 5}, std::vector<double>{1, 1e6}}) {
        ClassDeck one = deck_of(weights, 7);
        ClassDeck same = deck_of(weights, 7);
        ClassDeck other = deck_of(weights, 8);
        const auto dealt = deal(one, 1'000'000);
        EXPECT_EQ(dealt, deal(same, 1'000'000));
        EXPECT_NE(dealt, deal(other, 1'000'000));
    }
    // Fixed here, so that no compiler or change moves what stored seeds stand for.
    ClassDeck deck = deck_of({2, 1, 1}, 1);
    EXPECT_EQ(deal(deck, 12), (std::vector<std::uint32_t>{2, 0, 1, 0, 2, 1, 0, 0, 2, 1, 0, 0}));
}

TEST(ClassDeck, WeightsThatNoDeckHasAreRoundedInEachAndExactOverMany) {
    const std::vector<std::vector<double>> all{
        {1, 1e6},
        {99.99, 0.01},
        {std::numbers::sqrt2, std::numbers::pi, std::numbers::e},
        {1, 1001},
        std::vector<double>(1001, 1),
    };
    constexpr std::size_t kDecks = 3000;
    for (const auto& weights : all) {
        double sum = 0;
        for (const double weight : weights) {
            sum += weight;
        }
        ClassDeck deck = deck_of(weights);
        std::vector<double> total(weights.size());
        for (std::size_t i = 0; i < kDecks; ++i) {
            const Counts counts = count(deck, ClassDeck::kMostCards, weights.size());
            for (std::size_t j = 0; j < counts.size(); ++j) {
                const auto cards = static_cast<double>(counts[j]);
                const double due = weights[j] / sum * ClassDeck::kMostCards;
                ASSERT_TRUE(cards == std::floor(due) || cards == std::ceil(due)) << weights[j];
                total[j] += cards;
                ASSERT_NEAR(total[j], due * static_cast<double>(i + 1), 3) << weights[j];
            }
        }
    }
}

TEST(ClassDeck, WeightsThatNoDeckHasAreShuffledToo) {
    ClassDeck deck = deck_of({1, 1001});
    std::set<std::size_t> places;
    for (std::size_t i = 0; i < 200'000; ++i) {
        if (deck.deal() == 0) {
            places.insert(i % ClassDeck::kMostCards);
        }
    }
    EXPECT_GT(places.size(), 150U);  // of 200; 181 differ by chance
}

}  // namespace
}  // namespace contend
