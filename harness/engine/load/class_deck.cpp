#include "load/class_deck.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace contend {

namespace {

// What rounding may take a share away from the fraction that is meant, as 0.1 or 33.4 are.
constexpr double kTolerance = 1e-9;

// The golden ratio's fraction, in 2^-32.
constexpr std::uint32_t kGolden = 0x9e3779b9U;

// Where each class ends when all are laid end to end on [0, 1]. The last one ends at 1 exactly.
std::vector<double> ends_of(std::span<const RequestClass> classes) {
    std::vector<double> ends;
    ends.reserve(classes.size());
    double sum = 0.0;
    for (const auto& request_class : classes) {
        sum += request_class.pushed ? 0.0 : request_class.weight;
        ends.push_back(sum);
    }
    for (double& end : ends) {
        end /= sum;
    }
    return ends;
}

// Whether each class is due a whole number of so many cards, one at least.
bool are_exact(std::span<const double> ends, double cards) {
    double begin = 0.0;
    return std::ranges::all_of(ends, [&begin, cards](double end) {
        const double share = end - std::exchange(begin, end);
        const double whole = std::round(share * cards);
        const bool fits = whole >= 1.0 && std::abs(share * cards - whole) <= kTolerance * cards;
        return share == 0.0 || fits;
    });
}

}  // namespace

ClassDeck::ClassDeck(std::span<const RequestClass> classes, std::uint64_t seed)
    : random_(seed), ends_(ends_of(classes)) {
    std::size_t size = 1;
    while (size < kMostCards && !are_exact(ends_, static_cast<double>(size))) {
        ++size;
    }
    is_exact_ = are_exact(ends_, static_cast<double>(size));
    for (double& end : ends_) {
        end *= static_cast<double>(size);
        end = is_exact_ ? std::round(end) : end;
    }
    cards_.resize(size);
    shift_ = is_exact_ ? 0 : static_cast<std::uint32_t>(random_.next());
    lay();
}

// Shuffled as it is dealt: each card is drawn from those that are left (Fisher and Yates).
std::uint32_t ClassDeck::deal() noexcept {
    if (cards_.size() == 1) {
        return cards_.front();
    }
    if (dealt_ == cards_.size()) {
        dealt_ = 0;
        if (!is_exact_) {
            shift_ += kGolden;
            lay();
        }
    }
    const auto left = static_cast<double>(cards_.size() - dealt_);
    const auto drawn = dealt_ + static_cast<std::size_t>(random_.uniform() * left);
    std::swap(cards_[dealt_], cards_[drawn]);
    return cards_[dealt_++];
}

// Systematic sampling (W. G. and L. H. Madow, 1944): points one card apart, from `shift_` on, fall
// on the classes laid end to end, and so on each as often as it is long, rounded up or down. That
// the next deck's begin a golden ratio further lets the roundings cancel: what all decks have of a
// class differs from its due by no more than the logarithm of their number (L. Kuipers and
// H. Niederreiter, Uniform Distribution of Sequences, 1974, section 2.3).
void ClassDeck::lay() noexcept {
    const double first = static_cast<double>(shift_) * 0x1p-32;
    std::uint32_t index = 0;
    for (std::size_t card = 0; card < cards_.size(); ++card) {
        while (index + 1 < ends_.size() && first + static_cast<double>(card) >= ends_[index]) {
            ++index;
        }
        cards_[card] = index;
    }
}

}  // namespace contend
