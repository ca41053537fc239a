// Which class each request of one worker is of: the classes come in exact shares.
//
// A deck holds each class as often as its weight says: 19 and 1 for weights of 95 and 5, the
// smallest counts that are exact. It is shuffled, dealt card by card, and shuffled anew; so from
// the first request on, every deck's length of requests has the shares exactly, in a random order.
//
// Weights that no deck of up to kMostCards has exactly, such as 1 and a million, are dealt from
// decks of kMostCards that are laid anew each time. In each, a class's cards are what it is due,
// rounded up or down; over many decks the roundings cancel, and a class that is due a thousandth
// of a card has one in a thousand decks.
//
// Deterministic for a seed: nothing else has a part in it. Dealing allocates nothing. Owned by
// one worker; several deal decks of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "core/trial_spec.h"

namespace contend {

class ClassDeck {
   public:
    static constexpr std::size_t kMostCards = 1000;

    /// Pushed classes have no cards: nobody asks for them.
    ClassDeck(std::span<const RequestClass> classes, std::uint64_t seed);

    /// The class of the next request, as an index into the constructor's classes.
    [[nodiscard]] std::uint32_t deal() noexcept;

    /// Cards in a deck: so many requests have the classes in their shares.
    [[nodiscard]] std::size_t size() const noexcept { return cards_.size(); }

   private:
    void lay() noexcept;

    Random random_;
    std::vector<double> ends_;  // before which card of an unshuffled deck each class ends
    std::vector<std::uint32_t> cards_;
    std::size_t dealt_ = 0;
    std::uint32_t shift_ = 0;  // of the cards against the classes, in 2^-32 of a card
    bool is_exact_ = false;
};

}  // namespace contend
