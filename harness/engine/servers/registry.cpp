// The table of reference servers: each model of all_models.h with its real driver, null and
// the oracle.
#include <algorithm>
#include <array>

#include "models/all_models.h"
#include "servers/listener.h"
#include "servers/null_server.h"
#include "servers/oracle_server.h"
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
    Listener listener(options.port, static_cast<int>(parameters.count("backlog", 1, kMostBacklog)));
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
    Listener listener(options.port, static_cast<int>(parameters.count("backlog", 1, kMostBacklog)));
    NullServer server(listener, options.stop_descriptor);
    options.on_listening(listener.port());
    server.run();
}

constexpr std::array kOracleParameters{
    Parameter{"service", "how long a request takes: 1ms, exp(1ms), bimodal(1ms,9ms,0.1) …", "1ms"},
    Parameter{"servers", "requests that are served at once", "1"},
    Parameter{"limit", "requests in the house, beyond which others get a 503; 0: any number", "0"},
    Parameter{"frozen", "how long it stands still at the start of each period", "0s"},
    Parameter{"period", "from one standing still to the next", "1s"},
    Parameter{"log", "replies whose truth is kept for GET /log", "1000000"},
    Parameter{"backlog", "connections that wait to be accepted", "511"},
    kSeedParameter,
};

void serve_oracle(const ServerOptions& options) {
    constexpr std::uint64_t kMost = 100'000'000;
    const Parameters parameters("oracle", kOracleParameters, options.parameters);
    const OracleRules rules{.service = parameters.law("service"),
                            .queue = {.servers = parameters.count("servers", 1, kMost),
                                      .limit = parameters.count("limit", 0, kMost),
                                      .frozen = parameters.duration_or_zero("frozen"),
                                      .period = parameters.duration("period")},
                            .seed = parameters.count("seed", 0, std::uint64_t(-1)),
                            .most_entries = parameters.count("log", 0, kMost)};
    Listener listener(options.port, static_cast<int>(parameters.count("backlog", 1, kMostBacklog)));
    OracleServer server(listener, options.stop_descriptor, rules);
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
                                 false, &serve_null},
                      ServerKind{"oracle", "replies when a queue would, and knows the right times",
                                 kOracleParameters, false, &serve_oracle}};
}

constexpr auto kKinds = describe_all(AllModels{});

}  // namespace

std::span<const ServerKind> server_kinds() { return kKinds; }

}  // namespace contend
