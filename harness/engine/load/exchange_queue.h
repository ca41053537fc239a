// Exchanges that wait for a free connection: first in, first out, bounded.
//
// Grows by doubling, so that a queue of a steady length allocates nothing. Used by one thread.
#pragma once

#include <algorithm>
#include <boost/circular_buffer.hpp>
#include <cstddef>

#include "exchange/exchange.h"

namespace contend {

class ExchangeQueue {
   public:
    explicit ExchangeQueue(std::size_t limit) : limit_(limit), ring_(std::min(limit, kInitial)) {}

    [[nodiscard]] bool empty() const noexcept { return ring_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return ring_.size(); }
    [[nodiscard]] bool full() const noexcept { return ring_.size() >= limit_; }
    [[nodiscard]] const Exchange& front() const noexcept { return ring_.front(); }

    /// REQUIRES: not full.
    void push(const Exchange& exchange) {
        if (ring_.full()) {
            ring_.set_capacity(std::min(limit_, 2 * ring_.capacity()));
        }
        ring_.push_back(exchange);
    }

    /// REQUIRES: not empty.
    Exchange pop() noexcept {
        const Exchange exchange = ring_.front();
        ring_.pop_front();
        return exchange;
    }

   private:
    static constexpr std::size_t kInitial = 1024;

    std::size_t limit_;
    boost::circular_buffer<Exchange> ring_;
};

}  // namespace contend
