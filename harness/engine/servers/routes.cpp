#include "servers/routes.h"

#include <string>

#include "http/text.h"

namespace contend {

namespace {

using http_text::whole_number;

Route not_found() { return {.response = {.status = 404, .body = "Not Found"}}; }

// One step as long as the path's last part says, in milliseconds; the body says it again. Five
// digits at most, as the real servers have it.
Route timed(std::string_view milliseconds, StepKind kind) {
    std::uint64_t count = 0;
    if (milliseconds.size() > 5 || !whole_number(milliseconds, 10, count)) {
        return not_found();
    }
    const auto duration = std::chrono::milliseconds(static_cast<std::int64_t>(count));
    return {.step = Step{kind, Distribution::fixed(duration)},
            .response = {.body = std::string(milliseconds)}};
}

}  // namespace

Route Routes::find(std::string_view path, Random& random) const {
    constexpr std::string_view kClass = "/class/";
    constexpr std::string_view kDelay = "/delay/";
    constexpr std::string_view kCpu = "/cpu/";
    if (path == "/plaintext") {
        return {.handler = &fixed_, .response = {.body = "Hello, World!"}};
    }
    if (path == "/json") {
        return {.handler = &fixed_,
                .response = {.content_type = "application/json",
                             .body = R"({"message":"Hello, World!"})"}};
    }
    if (path == "/") {
        return {.handler = &mix_.handler(mix_.draw_class(random)), .response = {.body = "done"}};
    }
    if (path.starts_with(kDelay)) {
        return timed(path.substr(kDelay.size()), StepKind::kIo);
    }
    if (path.starts_with(kCpu)) {
        return timed(path.substr(kCpu.size()), StepKind::kCpu);
    }
    std::uint64_t index = 0;
    if (path.starts_with(kClass) && whole_number(path.substr(kClass.size()), 10, index) &&
        index < mix_.size()) {
        return {.handler = &mix_.handler(index), .response = {.body = "done"}};
    }
    return not_found();
}

}  // namespace contend
