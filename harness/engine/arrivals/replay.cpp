// Open loop at recorded times.
#include <algorithm>
#include <vector>

#include "arrivals/arrival_process.h"

namespace contend {

namespace {

// In warm-up at even gaps, at the record's mean rate.
class Replay : public ArrivalProcess {
   public:
    explicit Replay(const ArrivalParameters& parameters)
        : warming_(make_arrival_process("constant", {.rate_per_s = parameters.rate_per_s,
                                                     .worker = parameters.worker,
                                                     .workers = parameters.workers})),
          warmup_(parameters.warmup) {
        for (std::size_t i = parameters.worker; i < parameters.recorded.size();
             i += parameters.workers) {
            times_.push_back(parameters.recorded[i]);
        }
    }

    std::optional<Nanoseconds> next() override {
        if (warming_ != nullptr) {
            const auto time = warming_->next();
            if (*time < warmup_) {
                return time;
            }
            warming_.reset();
        }
        return at_ < times_.size() ? warmup_ + times_[at_++] : kNever;
    }
    std::optional<Nanoseconds> after_completion(Nanoseconds) override { return std::nullopt; }

   private:
    // Behind the end of every trial.
    static constexpr Nanoseconds kNever = std::chrono::hours(24 * 365 * 100);

    std::unique_ptr<ArrivalProcess> warming_;
    Nanoseconds warmup_;
    std::vector<Nanoseconds> times_;
    std::size_t at_ = 0;
};

}  // namespace

extern const ArrivalKind kReplay;
const ArrivalKind kReplay{
    "replay", "open loop at recorded times", true, false,
    [](const ArrivalParameters& parameters) -> std::unique_ptr<ArrivalProcess> {
        return std::make_unique<Replay>(parameters);
    }};

}  // namespace contend
