// Closed loop: a user sends, waits for the response, thinks, and sends again.
#include "arrivals/arrival_process.h"

namespace contend {

namespace {

class Closed : public ArrivalProcess {
   public:
    explicit Closed(Nanoseconds think) : think_(think) {}

    std::optional<Nanoseconds> next() override { return std::nullopt; }
    std::optional<Nanoseconds> after_completion(Nanoseconds completed) override {
        return completed + think_;
    }

   private:
    Nanoseconds think_;
};

}  // namespace

extern const ArrivalKind kClosed;
const ArrivalKind kClosed{
    "closed", "closed loop: every connection sends again after its response", false, false,
    [](const ArrivalParameters& parameters) -> std::unique_ptr<ArrivalProcess> {
        return std::make_unique<Closed>(parameters.think);
    }};

}  // namespace contend
