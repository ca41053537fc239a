// When the next request of one worker is meant to be sent, and of which class it is.
//
// Joins the open loop's arrivals and the closed loop's users into one question, peek().
// Deterministic for a seed. Owned by one worker.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "arrivals/arrival_process.h"
#include "core/trial_spec.h"
#include "load/class_deck.h"

namespace contend {

class Schedule {
   public:
    /// `users` is the number of closed-loop users of this worker: its connections.
    Schedule(const TrialSpec& spec, std::size_t worker, std::size_t workers, std::size_t users);

    /// The next intended time as an offset from the trial's start, or none: never again
    /// (end()), or not before a response has come (closed loop).
    [[nodiscard]] std::optional<Nanoseconds> peek() const noexcept { return next_; }

    /// Moves on to the time after peek(). REQUIRES: peek() has a value.
    void pop();

    /// Tells a closed loop that one of its users is free again. Open loops take no notice.
    void completed(Nanoseconds at);

    /// The class of the next request. The same seed gives the same classes, whatever the
    /// arrivals and their rate are.
    [[nodiscard]] std::uint32_t draw_class() noexcept { return deck_.deal(); }

    /// Nothing is intended from now on.
    void end() noexcept;

   private:
    std::unique_ptr<ArrivalProcess> arrivals_;
    std::priority_queue<Nanoseconds, std::vector<Nanoseconds>, std::greater<>> users_;
    std::optional<Nanoseconds> next_;
    ClassDeck deck_;
    bool closed_loop_ = false;
    bool ended_ = false;
};

}  // namespace contend
