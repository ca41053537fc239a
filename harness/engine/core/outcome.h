// What became of one request, and the counts by which a trial is held to account.
//
// A plain value; each load worker owns its counts and they are added up after the trial.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace contend {

enum class Outcome : std::uint8_t {
    kOk,
    kTimeout,
    kShed,
    kUnfinished,
    kConnect,     // no connection within the connect timeout
    kReset,       // end of stream or RST before a whole response
    kProtocol,    // malformed or overlong response
    kStatus,      // well-formed, but not the expected status
    kValidation,  // the expected status, but not the expected body
};

inline constexpr std::size_t kOutcomeCount = 9;

inline constexpr std::array<std::string_view, kOutcomeCount> kOutcomeNames = {
    "ok", "timeout", "shed", "unfinished", "connect", "reset", "protocol", "status", "validation"};

/// True for the five causes that interface.md lists under `failed`.
[[nodiscard]] constexpr bool is_failure(Outcome outcome) noexcept {
    return outcome >= Outcome::kConnect;
}

/// Counts of the requests whose intended time lies in the measure phase.
struct OutcomeCounts {
    std::uint64_t scheduled = 0;
    std::uint64_t resent = 0;
    std::array<std::uint64_t, kOutcomeCount> by_outcome{};

    [[nodiscard]] std::uint64_t& operator[](Outcome outcome) noexcept {
        return by_outcome[static_cast<std::size_t>(outcome)];
    }
    [[nodiscard]] std::uint64_t operator[](Outcome outcome) const noexcept {
        return by_outcome[static_cast<std::size_t>(outcome)];
    }

    [[nodiscard]] std::uint64_t accounted() const noexcept {
        std::uint64_t sum = 0;
        for (const auto count : by_outcome) {
            sum += count;
        }
        return sum;
    }

    /// The conservation law: scheduled = ok + timeout + shed + unfinished + failed.
    [[nodiscard]] bool conserved() const noexcept { return scheduled == accounted(); }

    OutcomeCounts& operator+=(const OutcomeCounts& other) noexcept {
        scheduled += other.scheduled;
        resent += other.resent;
        for (std::size_t i = 0; i < kOutcomeCount; ++i) {
            by_outcome[i] += other.by_outcome[i];
        }
        return *this;
    }
};

}  // namespace contend
