#include "load/schedule.h"

namespace contend {

namespace {

// Separates the draws of classes from the arrival process's own, which starts from the seed.
constexpr std::uint64_t kClassStream = 0x636c617373ULL;

}  // namespace

Schedule::Schedule(const TrialSpec& spec, std::size_t worker, std::size_t workers,
                   std::size_t users)
    : arrivals_(make_arrival_process(spec.arrivals, {.rate_per_s = spec.rate_per_s,
                                                     .warmup = spec.warmup,
                                                     .stages = spec.stages,
                                                     .recorded = spec.recorded,
                                                     .think = spec.think,
                                                     .seed = spec.seed,
                                                     .worker = worker,
                                                     .workers = workers})),
      deck_(spec.classes, spec.seed ^ (kClassStream * (worker + 1))) {
    next_ = arrivals_->next();
    closed_loop_ = !next_.has_value();
    if (closed_loop_) {
        std::vector<Nanoseconds> heap;
        heap.reserve(users + 1);
        users_ = decltype(users_)({}, std::move(heap));
        for (std::size_t i = 0; i < users; ++i) {
            users_.emplace(0);
        }
        next_ = Nanoseconds(0);
    }
}

void Schedule::pop() {
    if (!closed_loop_) {
        next_ = arrivals_->next();
        return;
    }
    users_.pop();
    next_ = users_.empty() ? std::nullopt : std::optional(users_.top());
}

void Schedule::completed(Nanoseconds at) {
    if (!closed_loop_ || ended_) {
        return;
    }
    if (const auto again = arrivals_->after_completion(at)) {
        users_.push(*again);
        next_ = users_.top();
    }
}

void Schedule::end() noexcept {
    ended_ = true;
    next_.reset();
}

}  // namespace contend
