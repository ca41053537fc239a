// One socket, its protocol state and the request that it carries.
//
// A connection is a slot of the pool: it lives as long as its worker, while sockets come and
// go in it. It is linked into one of the worker's lists at a time, or into none while it listens,
// so the links are its own. Used by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "exchange/exchange.h"
#include "exchange/session.h"

namespace contend {

enum class ConnectionState : std::uint8_t { kClosed, kConnecting, kIdle, kBusy, kListening };

template <class Transport>
struct Connection {
    using Socket = typename Transport::Socket;

    Connection(Transport& transport, std::unique_ptr<Protocol> spoken)
        : socket(transport), protocol(std::move(spoken)) {}

    Socket socket;
    std::unique_ptr<Protocol> protocol;

    ConnectionState state = ConnectionState::kClosed;
    bool has_request = false;      // busy, or connecting in order to send it again
    std::uint32_t generation = 0;  // of the socket: what an older one still reports is stale
    TimePoint since{};             // of the present state: of the connect, of the idling
    Request request;
    std::string_view unsent;            // what the kernel would not take yet
    std::uint64_t response_bytes = 0;   // that have come for the request
    TimePoint greeted{};                // when the last of the answer to the opening was received
    TimePoint owed = TimePoint::max();  // since it broke: when the next push was due

    Connection* previous = nullptr;
    Connection* next = nullptr;
};

/// A FIFO of connections, linked through themselves: no allocation, removal in the middle.
template <class Transport>
class ConnectionList {
   public:
    using Item = Connection<Transport>;

    [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] Item* front() const noexcept { return head_; }

    /// REQUIRES: item is in no list.
    void push_back(Item& item) noexcept {
        item.previous = tail_;
        item.next = nullptr;
        (tail_ != nullptr ? tail_->next : head_) = &item;
        tail_ = &item;
        ++size_;
    }

    /// Behind the last one that is to stand before it. REQUIRES: item is in no list.
    template <class StandsBefore>
    void insert_where(Item& item, StandsBefore stands_before) noexcept {
        Item* before = tail_;
        while (before != nullptr && !stands_before(*before, item)) {
            before = before->previous;
        }
        item.previous = before;
        item.next = before != nullptr ? before->next : head_;
        (before != nullptr ? before->next : head_) = &item;
        (item.next != nullptr ? item.next->previous : tail_) = &item;
        ++size_;
    }

    /// REQUIRES: item is in this list.
    void remove(Item& item) noexcept {
        (item.previous != nullptr ? item.previous->next : head_) = item.next;
        (item.next != nullptr ? item.next->previous : tail_) = item.previous;
        item.previous = item.next = nullptr;
        --size_;
    }

    /// REQUIRES: not empty.
    Item& pop_front() noexcept {
        Item& item = *head_;
        remove(item);
        return item;
    }

   private:
    Item* head_ = nullptr;
    Item* tail_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace contend
