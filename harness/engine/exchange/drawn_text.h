// A text in which some parts stand for numbers that differ from request to request: {id}, {n}, and
// the intended time.
//
// Each has digits of one width, so that no request is longer than another. A value; filling is
// safe from any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace contend {

/// The numbers of one request.
struct DrawnNumbers {
    std::uint64_t intended = 0;  // nanoseconds of the monotonic clock
    std::uint64_t id = 0;        // 100,000 to 109,999
    std::uint64_t n = 0;         // 100 to 999

    /// A connection's own, and no part of what arrivals and classes are drawn from.
    static Random stream(std::uint64_t seed, std::size_t connection) noexcept {
        constexpr std::uint64_t kStream = 0xd1b54a32d192ed03ULL;
        return Random(seed ^ (kStream * (connection + 1)));
    }

    static DrawnNumbers draw(Random& random) noexcept {
        return {.id = 100'000 + random.next() % 10'000, .n = 100 + random.next() % 900};
    }
};

class DrawnText {
   public:
    enum class Part : std::uint8_t { kIntended, kId, kN };

    void append(std::string_view text) { bytes_ += text; }

    void append(Part part) {
        parts_.push_back({part, bytes_.size()});
        bytes_.append(kWidths[static_cast<std::size_t>(part)], '0');
    }

    void append(const DrawnText& other) {
        for (const auto& [part, at] : other.parts_) {
            parts_.push_back({part, bytes_.size() + at});
        }
        bytes_ += other.bytes_;
    }

    /// A text whose {id} and {n} are parts where `is_drawn` says so.
    static DrawnText of(std::string_view text, bool is_drawn) {
        if (is_drawn) {
            return parse(text);
        }
        DrawnText fixed;
        fixed.append(text);
        return fixed;
    }

    [[nodiscard]] bool is_fixed() const noexcept { return parts_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

    /// The text itself when it is fixed, else a copy in `own` with the numbers in it: it allocates
    /// the first time only.
    [[nodiscard]] std::string_view fill(std::string& own, const DrawnNumbers& numbers) const {
        if (is_fixed()) {
            return bytes_;
        }
        own = bytes_;
        for (const auto& [part, at] : parts_) {
            std::uint64_t rest = value_of(part, numbers);
            for (std::size_t i = kWidths[static_cast<std::size_t>(part)]; i-- > 0; rest /= 10) {
                own[at + i] = static_cast<char>('0' + rest % 10);
            }
        }
        return own;
    }

   private:
    static DrawnText parse(std::string_view text) {
        DrawnText parsed;
        while (!text.empty()) {
            if (text.starts_with("{id}")) {
                parsed.append(Part::kId);
                text.remove_prefix(4);
            } else if (text.starts_with("{n}")) {
                parsed.append(Part::kN);
                text.remove_prefix(3);
            } else {
                const std::size_t next = std::min(text.find('{', 1), text.size());
                parsed.append(text.substr(0, next));
                text.remove_prefix(next);
            }
        }
        return parsed;
    }

    static std::uint64_t value_of(Part part, const DrawnNumbers& numbers) noexcept {
        switch (part) {
            case Part::kIntended:
                return numbers.intended;
            case Part::kId:
                return numbers.id;
            case Part::kN:
                return numbers.n;
        }
        return 0;
    }

    struct Place {
        Part part;
        std::size_t at;
    };
    // An intended time has as many digits as 64 bits need.
    static constexpr std::array<std::size_t, 3> kWidths{20, 6, 3};

    std::string bytes_;
    std::vector<Place> parts_;
};

}  // namespace contend
