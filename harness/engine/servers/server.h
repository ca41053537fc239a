// The table of reference servers: what there is, what each declares, and how it is run.
//
// Immutable. A server that needs a Python interpreter is not in it: bindings/python_callable.h.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "models/handler.h"
#include "models/parameters.h"

namespace contend {

inline constexpr std::uint64_t kMostBacklog = 65535;

struct ServerOptions {
    std::uint16_t port = 0;                      // 0: the kernel chooses
    std::vector<WeightedHandler> handlers = {};  // the mix
    GivenParameters parameters = {};
    std::function<void(std::uint16_t port)> on_listening = {};  // called once, before it serves
    int stop_descriptor = -1;                                   // it serves until this can be read
};

struct ServerKind {
    std::string_view name;
    std::string_view summary;
    std::span<const Parameter> parameters;
    bool takes_handlers;
    /// Blocks its caller until the server has stopped. Throws std::invalid_argument for options
    /// that don't fit, std::system_error when it can't listen.
    void (*serve)(const ServerOptions&);
};

/// All servers that need no interpreter, in registry.cpp.
std::span<const ServerKind> server_kinds();

}  // namespace contend
