// Every request of a measure phase, one by one, up to so many: the evidence by which a
// certificate compares what was reported with the truth.
//
// Its memory is there, and has been touched, before the first request, so that recording neither
// allocates nor faults. Used by one thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/sample.h"
#include "exchange/exchange.h"

namespace contend {

class SampleLog {
   public:
    explicit SampleLog(std::size_t most) : samples_(most) {}

    [[nodiscard]] bool wanted() const noexcept { return !samples_.empty(); }

    void ended(const Exchange& exchange, Outcome outcome, TimePoint at) noexcept {
        if (exchange.measured && size_ < samples_.size()) {
            samples_[size_++] = {.intended = exchange.intended,
                                 .sent = exchange.was_sent ? exchange.sent : exchange.intended,
                                 .completed = at,
                                 .outcome = outcome};
        }
    }

    [[nodiscard]] std::span<const Sample> samples() const noexcept {
        return std::span(samples_).first(size_);
    }

   private:
    std::vector<Sample> samples_;
    std::size_t size_ = 0;
};

}  // namespace contend
