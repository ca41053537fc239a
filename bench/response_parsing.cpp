// What it costs to parse and check a response, as servers send them.
#include <benchmark/benchmark.h>

#include <string>

#include "exchange/registry.h"

namespace {

constexpr const char* kNginx =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 08:28:50 GMT\r\n"
    "Content-Type: text/plain\r\nContent-Length: 13\r\nConnection: keep-alive\r\n\r\n"
    "Hello, World!";
constexpr const char* kNode =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Tue, 24 Nov 2026 08:28:50 GMT\r\n"
    "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n"
    "d\r\nHello, World!\r\n0\r\n\r\n";

void parse(benchmark::State& state, const std::string& response, std::size_t piece) {
    contend::TrialSpec spec;
    spec.host = "127.0.0.1";
    spec.classes.push_back({.name = "all", .expect_status = 200, .expect_body = "Hello, World!"});
    const auto session = contend::prepare_sessions(spec)();
    contend::Events events;
    for (auto _ : state) {
        benchmark::DoNotOptimize(session->begin(0, {}));
        for (std::size_t at = 0; at < response.size(); at += piece) {
            session->feed(std::string_view(response).substr(at, piece), events);
        }
        bool is_taken = false;
        events.drain([&](const contend::Event& event) {
            is_taken = event.outcome == contend::Outcome::kOk;
        });
        if (!is_taken) {
            state.SkipWithError("the response was not taken");
        }
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(response.size()));
}
BENCHMARK_CAPTURE(parse, nginx_whole, kNginx, 65536);
BENCHMARK_CAPTURE(parse, node_chunked_whole, kNode, 65536);
BENCHMARK_CAPTURE(parse, nginx_in_two, kNginx, 100);
BENCHMARK_CAPTURE(parse, nginx_byte_by_byte, kNginx, 1);

}  // namespace

BENCHMARK_MAIN();
