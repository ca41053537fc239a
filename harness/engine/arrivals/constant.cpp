// Open loop at a constant rate: the k-th request is meant for k / rate.
#include <algorithm>
#include <cmath>
#include <utility>

#include "arrivals/arrival_process.h"
#include "arrivals/rate_curve.h"

namespace contend {

namespace {

// Times are exact fractions of a nanosecond, rounded as they are given out. A rate is a binary
// fraction, so that with 1 / rate = ticks / unit both are integers; a time is kept as its whole
// nanoseconds and how many units are left. So nothing drifts, however long a trial is, and the
// hot path adds integers.
class Constant : public ArrivalProcess {
   public:
    explicit Constant(const ArrivalParameters& parameters) {
        int exponent = 0;
        const double fraction = std::frexp(parameters.rate_per_s, &exponent);
        auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, kMantissaBits));
        exponent -= kMantissaBits;
        for (; mantissa % 2 == 0; ++exponent) {
            mantissa /= 2;
        }
        // Twice both, so that half a nanosecond is whole, too.
        unit_ = 2 * mantissa << std::max(exponent, 0);
        const Wide ticks = Wide{2'000'000'000} << std::max(-exponent, 0);
        const auto split = [this](Wide value, std::uint64_t& whole, std::uint64_t& rest) {
            whole = static_cast<std::uint64_t>(value / unit_);
            rest = static_cast<std::uint64_t>(value % unit_);
        };
        split(ticks * parameters.workers, step_, step_rest_);
        // Half a nanosecond ahead, so that cutting off what is left rounds.
        split(ticks * parameters.worker + unit_ / 2, time_, rest_);
    }

    std::optional<Nanoseconds> next() override {
        const Nanoseconds time(static_cast<std::int64_t>(time_));
        time_ += step_;
        rest_ += step_rest_;
        if (rest_ >= unit_) {
            rest_ -= unit_;
            ++time_;
        }
        return time;
    }
    std::optional<Nanoseconds> after_completion(Nanoseconds) override { return std::nullopt; }

   private:
    __extension__ using Wide = unsigned __int128;
    static constexpr int kMantissaBits = 53;

    std::uint64_t unit_;
    std::uint64_t step_ = 0;
    std::uint64_t step_rest_ = 0;
    std::uint64_t time_ = 0;
    std::uint64_t rest_ = 0;
};

// Along a rate curve: the k-th request is meant for when k are due.
class CurvedConstant : public ArrivalProcess {
   public:
    explicit CurvedConstant(const ArrivalParameters& parameters)
        : curve_(parameters.rate_per_s, parameters.warmup, parameters.stages),
          next_(parameters.worker),
          step_(parameters.workers) {}

    std::optional<Nanoseconds> next() override {
        return curve_.time_of(static_cast<double>(std::exchange(next_, next_ + step_)));
    }
    std::optional<Nanoseconds> after_completion(Nanoseconds) override { return std::nullopt; }

   private:
    RateCurve curve_;
    std::uint64_t next_;
    std::uint64_t step_;
};

}  // namespace

extern const ArrivalKind kConstant;
const ArrivalKind kConstant{
    "constant", "open loop at even gaps", true, true,
    [](const ArrivalParameters& parameters) -> std::unique_ptr<ArrivalProcess> {
        if (!parameters.stages.empty()) {
            return std::make_unique<CurvedConstant>(parameters);
        }
        return std::make_unique<Constant>(parameters);
    }};

}  // namespace contend
