// What the oracle knows of each request: the truth, and how well it kept to it.
//
// Its memory is there before the first request. Used by one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"

namespace contend {

class OracleLog {
   public:
    explicit OracleLog(std::size_t most) : entries_(most) {}

    /// `done` is none for a request that was refused.
    void add(TimePoint intended, std::optional<TimePoint> done, TimePoint received,
             TimePoint replied) noexcept {
        if (size_ < entries_.size()) {
            entries_[size_] = {ns(intended), done ? ns(*done) : 0, ns(received), ns(replied)};
        }
        ++size_;
    }

    /// All entries as 64-bit integers of this machine, four each: intended, done (0: refused),
    /// received and replied, in nanoseconds of the monotonic clock.
    [[nodiscard]] std::string bytes() const {
        const std::size_t kept = std::min(size_, entries_.size());
        return {reinterpret_cast<const char*>(entries_.data()), kept * sizeof(Entry)};
    }

   private:
    using Entry = std::array<std::int64_t, 4>;

    static std::int64_t ns(TimePoint time) noexcept { return time.time_since_epoch().count(); }

    std::vector<Entry> entries_;
    std::size_t size_ = 0;
};

}  // namespace contend
