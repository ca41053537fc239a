// Open loop in bursts: what a second has of requests is meant within a twentieth of it.
#include "arrivals/arrival_process.h"

namespace contend {

namespace {

// At even gaps: a generator can't send two requests at one instant, and would seem late.
constexpr int kShortened = 20;
// In the middle of a second, far from its edges: there the server is sampled, on the generator's
// core.
constexpr Nanoseconds kBegin = std::chrono::milliseconds(500);

class Bursts : public ArrivalProcess {
   public:
    explicit Bursts(const ArrivalParameters& parameters)
        : even_(make_arrival_process("constant", parameters)) {}

    std::optional<Nanoseconds> next() override {
        const Nanoseconds at = *even_->next();
        const auto second = std::chrono::floor<std::chrono::seconds>(at);
        return second + kBegin + (at - second) / kShortened;
    }
    std::optional<Nanoseconds> after_completion(Nanoseconds) override { return std::nullopt; }

   private:
    std::unique_ptr<ArrivalProcess> even_;
};

}  // namespace

extern const ArrivalKind kBursts;
const ArrivalKind kBursts{
    "bursts", "open loop in bursts, a second's requests within 50 ms in its middle", true, false,
    [](const ArrivalParameters& parameters) -> std::unique_ptr<ArrivalProcess> {
        return std::make_unique<Bursts>(parameters);
    }};

}  // namespace contend
