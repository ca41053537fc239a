// Open loop with exponential gaps: independent users without number (a Poisson process).
#include "arrivals/arrival_process.h"
#include "arrivals/rate_curve.h"
#include "core/random.h"

namespace contend {

namespace {

class Poisson : public ArrivalProcess {
   public:
    // Poisson processes add up to a Poisson process: each worker runs one of its own.
    explicit Poisson(const ArrivalParameters& parameters)
        : random_(parameters.seed * parameters.workers + parameters.worker),
          mean_gap_ns_(1e9 * static_cast<double>(parameters.workers) / parameters.rate_per_s) {}

    // Whole nanoseconds and a remainder, so that hours lose no precision.
    std::optional<Nanoseconds> next() override {
        const double gap = random_.exponential() * mean_gap_ns_ + remainder_ns_;
        const auto whole = static_cast<std::int64_t>(gap);
        remainder_ns_ = gap - static_cast<double>(whole);
        time_ += Nanoseconds(whole);
        return time_;
    }
    std::optional<Nanoseconds> after_completion(Nanoseconds) override { return std::nullopt; }

   private:
    Random random_;
    double mean_gap_ns_;
    double remainder_ns_ = 0.0;
    Nanoseconds time_{0};
};

// Along a rate curve: a process of rate 1, its time changed.
class CurvedPoisson : public ArrivalProcess {
   public:
    explicit CurvedPoisson(const ArrivalParameters& parameters)
        : random_(parameters.seed * parameters.workers + parameters.worker),
          curve_(parameters.rate_per_s, parameters.warmup, parameters.stages),
          mean_gap_(static_cast<double>(parameters.workers)) {}

    std::optional<Nanoseconds> next() override {
        due_ += random_.exponential() * mean_gap_;
        return curve_.time_of(due_);
    }
    std::optional<Nanoseconds> after_completion(Nanoseconds) override { return std::nullopt; }

   private:
    Random random_;
    RateCurve curve_;
    double mean_gap_;  // in requests of the whole trial
    double due_ = 0.0;
};

}  // namespace

extern const ArrivalKind kPoisson;
const ArrivalKind kPoisson{
    "poisson", "open loop with exponential gaps between requests", true, true,
    [](const ArrivalParameters& parameters) -> std::unique_ptr<ArrivalProcess> {
        if (!parameters.stages.empty()) {
            return std::make_unique<CurvedPoisson>(parameters);
        }
        return std::make_unique<Poisson>(parameters);
    }};

}  // namespace contend
