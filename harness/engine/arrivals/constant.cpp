// Open loop at a constant rate: the k-th request is meant for k / rate.
#include <cmath>

#include "arrivals/arrival_process.h"

namespace contend {

namespace {

class Constant : public ArrivalProcess {
   public:
    explicit Constant(const ArrivalParameters& parameters)
        : interval_ns_(1e9L / static_cast<long double>(parameters.rate_per_s)),
          index_(parameters.worker),
          step_(parameters.workers) {}

    // From the index, not by adding intervals up: a rate whose interval is no whole number of
    // nanoseconds would drift.
    std::optional<Nanoseconds> next() override {
        const auto time = static_cast<long double>(index_) * interval_ns_;
        index_ += step_;
        return Nanoseconds(std::llround(time));
    }
    std::optional<Nanoseconds> after_completion(Nanoseconds) override { return std::nullopt; }

   private:
    long double interval_ns_;
    std::uint64_t index_;
    std::uint64_t step_;
};

}  // namespace

extern const ArrivalKind kConstant;
const ArrivalKind kConstant{
    "constant", "open loop at a constant rate", true,
    [](const ArrivalParameters& parameters) -> std::unique_ptr<ArrivalProcess> {
        return std::make_unique<Constant>(parameters);
    }};

}  // namespace contend
