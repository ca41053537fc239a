#include "load/check_spec.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include "arrivals/arrival_process.h"

namespace contend {

namespace {

void require(bool condition, std::string_view message) {
    if (!condition) {
        throw std::invalid_argument(std::string(message));
    }
}

}  // namespace

void check_spec(const TrialSpec& spec) {
    require(!spec.classes.empty(), "a trial needs at least one request class");
    for (const auto& request_class : spec.classes) {
        require(request_class.weight > 0, "a request class's weight must be above 0");
    }
    require(spec.threads >= 1, "threads must be at least 1");
    require(spec.connections >= spec.threads, "there must be at least one connection a thread");
    require(spec.duration > Nanoseconds(0) || spec.max_requests > 0,
            "the duration must be above 0");
    require(spec.max_requests == 0 || spec.max_requests >= spec.threads,
            "there must be at least one request a thread");
    require(spec.timeout > Nanoseconds(0), "the timeout must be above 0");
    require(spec.connect_timeout > Nanoseconds(0), "the connect timeout must be above 0");
    require(std::ranges::is_sorted(spec.looks), "looks must be in rising order");
}

bool is_open_loop(const TrialSpec& spec) {
    return std::ranges::any_of(arrival_kinds(), [&](const ArrivalKind& kind) {
        return kind.name == spec.arrivals && kind.open_loop;
    });
}

}  // namespace contend
