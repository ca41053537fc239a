// An open loop's rate over time, made of straight lines, and when how many requests are due by it.
//
// With L(t) the integral of the rate, a process of rate 1 whose k-th point is at u(k) becomes one
// of this rate by t(k) = L^-1(u(k)): exactly, constant gaps and Poisson's alike, without thinning
// (Cinlar, Introduction to Stochastic Processes, 1975, 4.7). A value of one process, asked in
// rising order; one thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "core/clock.h"
#include "core/rate_stage.h"

namespace contend {

class RateCurve {
   public:
    /// `start_per_s` until `hold` is over, then the stages, and the last one's rate from then on.
    RateCurve(double start_per_s, Nanoseconds hold, std::span<const RateStage> stages) {
        Piece piece{.begin = Nanoseconds(0), .count = 0.0, .rate = start_per_s, .slope = 0.0};
        pieces_.push_back(piece);
        const auto go_on = [&](Nanoseconds length, double rate) {
            const double seconds = to_seconds(length);
            const Piece& last = pieces_.back();
            piece.begin = last.begin + length;
            piece.count = last.count + seconds * (last.rate + last.slope * seconds / 2);
            piece.rate = rate;
            piece.slope = 0.0;
            pieces_.push_back(piece);
        };
        go_on(hold, start_per_s);
        for (const RateStage& stage : stages) {
            Piece& last = pieces_.back();
            if (stage.length == Nanoseconds(0)) {
                last.rate = stage.rate_per_s;
                continue;
            }
            last.slope = (stage.rate_per_s - last.rate) / to_seconds(stage.length);
            go_on(stage.length, stage.rate_per_s);
        }
    }

    /// When `count` requests are due: L^-1(count). REQUIRES: it is no less than the last time, and
    /// reached some day.
    [[nodiscard]] Nanoseconds time_of(double count) noexcept {
        while (at_ + 1 < pieces_.size() && pieces_[at_ + 1].count <= count) {
            ++at_;
        }
        const Piece& piece = pieces_[at_];
        const double left = count - piece.count;
        // The root of slope/2 x^2 + rate x - left that doesn't cancel.
        const double square = piece.rate * piece.rate + 2 * piece.slope * left;
        const double root = std::sqrt(std::max(0.0, square));  // rounded below at a stage's end

        const double seconds = left == 0.0 ? 0.0 : 2 * left / (piece.rate + root);
        return piece.begin + Nanoseconds(std::llround(seconds * 1e9));
    }

    /// How many are due before the end of the last stage: L(end).
    [[nodiscard]] double total() const noexcept { return pieces_.back().count; }

   private:
    struct Piece {
        Nanoseconds begin{0};
        double count = 0.0;  // due before it
        double rate = 0.0;   // at its beginning, per second
        double slope = 0.0;  // per second and second
    };

    static double to_seconds(Nanoseconds time) noexcept {
        return static_cast<double>(time.count()) * 1e-9;
    }

    std::vector<Piece> pieces_;
    std::size_t at_ = 0;  // of the piece of the last answer
};

}  // namespace contend
