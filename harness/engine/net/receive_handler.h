// What is to be called with the bytes that a stream receives: a small handler, kept in place.
//
// Allocates nothing, unlike std::function with three words in it. A value of one stream.
#pragma once

#include <array>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/clock.h"

namespace contend {

class ReceiveHandler {
   public:
    template <class Handler>
    void set(Handler handler) noexcept {
        static_assert(sizeof(Handler) <= kSize && alignof(Handler) <= alignof(std::max_align_t));
        static_assert(std::is_trivially_copyable_v<Handler>);
        new (storage_.data()) Handler(handler);
        call_ = [](void* handler_at, const boost::system::error_code& error, std::string_view bytes,
                   std::optional<TimePoint> stamp) {
            (*std::launder(static_cast<Handler*>(handler_at)))(error, bytes, stamp);
        };
    }
    void clear() noexcept { call_ = nullptr; }
    [[nodiscard]] bool is_set() const noexcept { return call_ != nullptr; }

    /// Calls it, once: it may set another one meanwhile. REQUIRES: is_set().
    void operator()(const boost::system::error_code& error, std::string_view bytes,
                    std::optional<TimePoint> stamp) {
        Storage handler = storage_;
        std::exchange(call_, nullptr)(&handler, error, bytes, stamp);
    }

   private:
    static constexpr std::size_t kSize = 64;
    struct alignas(std::max_align_t) Storage : std::array<std::byte, kSize> {};

    Storage storage_{};
    void (*call_)(void*, const boost::system::error_code&, std::string_view,
                  std::optional<TimePoint>) = nullptr;
};

}  // namespace contend
