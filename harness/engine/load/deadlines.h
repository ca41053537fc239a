// What waits for an answer, in order of since when, each for the same time: one timer for all.
//
// Items are linked through themselves, and taken back when they are answered. Used by one thread.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cassert>
#include <functional>
#include <iterator>
#include <utility>

#include "core/clock.h"
#include "net/byte_stream.h"

namespace contend {

struct WaitingTag;

/// What an item of Deadlines is derived from.
struct Waiting
    : boost::intrusive::list_base_hook<boost::intrusive::tag<WaitingTag>,
                                       boost::intrusive::link_mode<boost::intrusive::safe_link>> {
    TimePoint waits_since{};

    [[nodiscard]] bool is_waiting() const noexcept { return is_linked(); }
};

template <class Item, StreamNetwork Network>
class Deadlines {
   public:
    /// Calls on_expired(item, now) for each that has waited `patience`, taken out of the list.
    template <ReadableClock Clock>
    Deadlines(Nanoseconds patience, Clock& clock, Network& network,
              std::function<void(Item&, TimePoint)> on_expired)
        : patience_(patience),
          now_([&clock] { return clock.now(); }),
          on_expired_(std::move(on_expired)),
          timer_(network) {}

    [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    /// REQUIRES: not empty.
    [[nodiscard]] Item& front() noexcept { return items_.front(); }

    /// REQUIRES: the item is in no such list.
    void add(Item& item, TimePoint since) {
        item.waits_since = since;
        auto place = items_.end();
        while (place != items_.begin() && std::prev(place)->waits_since > since) {
            --place;
        }
        items_.insert(place, item);
        watch();
    }

    /// REQUIRES: the item is in this list.
    void remove(Item& item) noexcept {
        assert(item.is_waiting());
        items_.erase(items_.iterator_to(item));
    }

    void cancel() noexcept {
        timer_.cancel();
        items_.clear();
    }

   private:
    using Items =
        boost::intrusive::list<Item,
                               boost::intrusive::base_hook<boost::intrusive::list_base_hook<
                                   boost::intrusive::tag<WaitingTag>,
                                   boost::intrusive::link_mode<boost::intrusive::safe_link>>>>;

    // The timer stays set for one that has been answered: an event in vain is rarer than answers.
    void watch() {
        const TimePoint first = items_.front().waits_since + patience_;
        if (first < watched_for_) {
            watched_for_ = first;
            timer_.at(first, [this] { expire(); });
        }
    }

    void expire() {
        const TimePoint now = now_();
        watched_for_ = TimePoint::max();
        while (!items_.empty() && items_.front().waits_since + patience_ <= now) {
            Item& item = items_.front();
            items_.pop_front();
            on_expired_(item, now);
        }
        if (!items_.empty()) {
            watch();
        }
    }

    Nanoseconds patience_;
    std::function<TimePoint()> now_;
    std::function<void(Item&, TimePoint)> on_expired_;
    typename Network::Timer timer_;
    Items items_;
    TimePoint watched_for_ = TimePoint::max();
};

}  // namespace contend
