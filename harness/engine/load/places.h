// Where exchanges in flight stand: each channel has as many places as exchanges at a time.
//
// Used by one thread.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "exchange/exchange.h"
#include "load/deadlines.h"

namespace contend {

/// What is in it waits for its response, from its first send on.
struct Place : Waiting {
    Exchange exchange;
    std::uint32_t channel = 0;
    bool is_taken = false;
};

class Places {
   public:
    /// `channels` are what has a session each.
    template <class Channels>
    explicit Places(const Channels& channels) {
        begins_.reserve(channels.size() + 1);
        for (const auto& channel : channels) {
            begins_.push_back(all_.size());
            all_.resize(all_.size() + channel->session->capacity());
            for (Place& place : of(channel->number, all_.size())) {
                place.channel = channel->number;
            }
        }
        begins_.push_back(all_.size());
    }

    [[nodiscard]] Place& operator[](std::size_t index) noexcept { return all_[index]; }
    [[nodiscard]] std::size_t index_of(const Place& place) const noexcept {
        return static_cast<std::size_t>(&place - all_.data());
    }
    [[nodiscard]] std::span<Place> all() noexcept { return all_; }
    [[nodiscard]] std::span<Place> of(std::uint32_t channel) noexcept {
        return of(channel, begins_[channel + 1]);
    }

    /// REQUIRES: there is one.
    [[nodiscard]] Place& free_one(std::uint32_t channel) noexcept {
        Place* place = &all_[begins_[channel]];
        while (place->is_taken) {
            ++place;
            assert(place < all_.data() + begins_[channel + 1]);
        }
        return *place;
    }

   private:
    [[nodiscard]] std::span<Place> of(std::uint32_t channel, std::size_t end) noexcept {
        return std::span(all_).subspan(begins_[channel], end - begins_[channel]);
    }

    std::vector<Place> all_;
    std::vector<std::size_t> begins_;  // of each channel's; last, the end of all
};

}  // namespace contend
