// What a path asks of a reference server: which steps, and which response (interface.md,
// "contend serve"; workloads/*.toml).
//
//   /            the mix: a class drawn by its share        /plaintext  /json
//   /class/K     class K; 0 is the handler's own            /delay/MS   waits
//                                                           /cpu/MS     computes
//
// Immutable, so any thread may look up; the draws come from the caller's generator. It outlives
// the routes that it gives.
#pragma once

#include <optional>
#include <string_view>

#include "models/handler.h"
#include "servers/response.h"

namespace contend {

struct Route {
    const Handler* handler = nullptr;         // its steps; none
    std::optional<Step> step = std::nullopt;  // or this one
    Response response;
};

class Routes {
   public:
    /// `fixed` are the steps of /plaintext and /json.
    explicit Routes(Mix mix, Handler fixed = {}) : mix_(std::move(mix)), fixed_(std::move(fixed)) {}

    [[nodiscard]] Route find(std::string_view path, Random& random) const;

   private:
    Mix mix_;
    Handler fixed_;
};

}  // namespace contend
