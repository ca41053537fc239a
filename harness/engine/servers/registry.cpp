// The table of reference servers: each model of all_models.h with its real driver, and null.
#include <algorithm>
#include <array>

#include "models/all_models.h"
#include "servers/listener.h"
#include "servers/null_server.h"
#include "servers/routes.h"
#include "servers/server.h"
#include "servers/socket_runtime.h"

namespace contend {

namespace {

template <class Rules>
constexpr auto with_seed() {
    std::array<Parameter, Rules::kParameters.size() + 1> all;
    *std::ranges::copy(Rules::kParameters, all.begin()).out = kSeedParameter;
    return all;
}
template <class Rules>
constexpr auto kDeclared = with_seed<Rules>();

template <template <class> class Model>
void serve_model(const ServerOptions& options) {
    using Rules = Model<SocketRuntime>;
    const Parameters parameters(Rules::kName, kDeclared<Rules>, options.parameters);
    const std::uint64_t seed = parameters.count("seed", 0, std::uint64_t(-1));
    const Routes routes(Mix(options.handlers));
    const Listener listener(options.port,
                            static_cast<int>(parameters.count("backlog", 1, kMostBacklog)));
    SocketRuntime runtime(listener, routes, seed);
    Rules rules(runtime, parameters);
    options.on_listening(listener.port());
    runtime.serve(rules.run(), options.stop_descriptor);
}

constexpr std::array kNullParameters{
    Parameter{"backlog", "connections that wait to be accepted", "511"},
};

void serve_null(const ServerOptions& options) {
    const Parameters parameters("null", kNullParameters, options.parameters);
    const Listener listener(options.port,
                            static_cast<int>(parameters.count("backlog", 1, kMostBacklog)));
    NullServer server(listener, options.stop_descriptor);
    options.on_listening(listener.port());
    server.run();
}

template <template <class> class Model>
constexpr ServerKind describe() {
    using Rules = Model<SocketRuntime>;
    return {Rules::kName, Rules::kSummary, kDeclared<Rules>, true, &serve_model<Model>};
}

template <template <class> class... Models>
constexpr auto describe_all(ModelList<Models...>) {
    return std::array{describe<Models>()...,
                      ServerKind{"null", "one fixed reply at once: the ceiling", kNullParameters,
                                 false, &serve_null}};
}

constexpr auto kKinds = describe_all(AllModels{});

}  // namespace

std::span<const ServerKind> server_kinds() { return kKinds; }

}  // namespace contend
