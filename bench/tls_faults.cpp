// A hundred thousand faults over TLS, in memory: each request is counted by its cause, and the
// counts add up. A plain program: exit code 1 where one is counted otherwise.
//
//     scripts/bench tls_faults          # about two minutes
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/random.h"
#include "exchange/registry.h"
#include "load/worker.h"
#include "net/memory_network.h"
#include "net/tls_stream.h"
#include "net/tls_test_server.h"

namespace contend {
namespace {

using namespace std::chrono_literals;
using Peer = MemoryNetwork::Peer;
using Side = TestTlsServer::Side;
using Network = TlsNetwork<MemoryNetwork>;

constexpr std::uint64_t kFaults = 100'000;
constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view kUntilClose = "HTTP/1.1 200 OK\r\n\r\nhello";

struct Fault {
    std::string_view name;
    Outcome outcome;
    // What the server does to one request.
    void (*commit)(const Peer&, Side&);
};

constexpr std::array<Fault, 6> kKinds{{
    {"truncated record", Outcome::kReset,
     [](const Peer& peer, Side& side) {
         side.say(kHello);
         peer.reply(1ms, side.to_send().substr(0, 20));
         peer.close(2ms);
     }},
    {"bad MAC", Outcome::kProtocol,
     [](const Peer& peer, Side& side) {
         side.say(kHello);
         std::string record = side.to_send();
         record[record.size() - 2] ^= 4;
         peer.reply(1ms, record);
     }},
    {"close without notify", Outcome::kReset,
     [](const Peer& peer, Side& side) {
         side.say(kUntilClose);
         peer.reply(1ms, side.to_send());
         peer.close(2ms);
     }},
    {"no record", Outcome::kProtocol,
     [](const Peer& peer, Side&) { peer.reply(1ms, "HTTP/1.1 200 OK\r\n\r\n"); }},
    {"silence", Outcome::kTimeout, [](const Peer&, Side&) {}},
    {"notify before the response", Outcome::kReset,
     [](const Peer& peer, Side& side) {
         side.close();
         peer.reply(1ms, side.to_send());
         peer.close(2ms);
     }},
}};

// One trial of so many requests, each on a connection of its own; every `stalls`-th handshake
// stalls.
int run(std::uint64_t requests, std::uint64_t stalls) {
    const TestCertificate certificate("localhost");
    const TestTlsServer server(certificate);
    TrialSpec spec;
    spec.host = "localhost";
    // Of a method that is never sent again, so that each request meets one fault.
    spec.classes.push_back({.name = "all", .method = "POST", .expect_body = "hello"});
    spec.arrivals = "constant";
    spec.rate_per_s = 1000;
    spec.connections = 2000;
    spec.keep_alive = false;
    spec.warmup = 0s;
    spec.max_requests = requests;
    spec.timeout = 300ms;
    spec.connect_timeout = 200ms;
    spec.tls = TlsOptions{.server_name = "localhost", .ca_file = certificate.file()};

    Random random(1);
    std::array<std::uint64_t, kOutcomeCount> expected{};
    std::map<std::uint64_t, std::unique_ptr<Side>> sides;
    MemoryNetwork::Script script;
    script.on_bytes = [&](const Peer& peer, std::string_view bytes) {
        if (stalls != 0 && peer.connection() % stalls == 0) {
            return;
        }
        auto& side = sides[peer.connection()];
        if (side == nullptr) {
            side = std::make_unique<Side>(server);
        }
        const bool is_asked = !side->hear(bytes).empty();
        if (const std::string reply = side->to_send(); !reply.empty()) {
            peer.reply(10us, reply);
        }
        if (is_asked) {
            const Fault& fault = kKinds[random.next() % kKinds.size()];
            ++expected[static_cast<std::size_t>(fault.outcome)];
            fault.commit(peer, *side);
        }
        if (sides.size() > 8000) {
            sides.erase(sides.begin());
        }
    };
    VirtualClock clock;
    Network network(*spec.tls, clock, script);
    Worker<VirtualClock, Network> worker(spec, 0, clock, network, prepare_sessions(spec));
    worker.open();
    worker.run(clock.now() + 10ms);
    TrialResult result;
    Recorder::lay_out(spec, worker.measured_for(), result);
    worker.recorder().add_to(result);
    int wrong = result.requests.conserved() && result.requests.scheduled == requests ? 0 : 1;
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
        const auto outcome = static_cast<Outcome>(i);
        const auto counted = result.requests[outcome];
        const bool is_right = outcome == Outcome::kConnect || counted == expected[i];
        wrong += is_right ? 0 : 1;
        if (counted + expected[i] > 0) {
            std::puts(fmt::format("{:<12}{:>9} counted{:>9} committed{}", kOutcomeNames[i], counted,
                                  expected[i], is_right ? "" : "  WRONG")
                          .c_str());
        }
    }
    return wrong;
}

}  // namespace
}  // namespace contend

int main() { return contend::run(contend::kFaults, 50) == 0 ? 0 : 1; }
