// What `contend certify` shows on the real clock, exactly: Worker against queues whose right
// latency is known for each request, on a clock that takes no time.
#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <memory>
#include <string>

#include "core/distribution.h"
#include "core/random.h"
#include "core/virtual_queue.h"
#include "exchange/registry.h"
#include "load/worker.h"
#include "net/memory_network.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kRefused =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

struct Case {
    std::string name;
    std::string arrivals;
    double rate_per_s;
    std::string service;
    QueueRules rules{};
};

// Prints as its name.
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }

TimePoint intended_of(std::string_view request) {
    constexpr std::string_view kHead = "GET /at/";
    EXPECT_TRUE(request.starts_with(kHead));
    std::int64_t time = 0;
    std::from_chars(request.data() + kHead.size(), request.data() + request.size(), time);
    return TimePoint(Nanoseconds(time));
}

class Certification : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Queues, Certification,
    testing::Values(Case{"Fixed", "constant", 5000, "100us"},
                    Case{"Instant", "poisson", 5000, "0s"},
                    Case{"MM1Half", "poisson", 500, "exp(1ms)"},
                    Case{"MM1Busy", "poisson", 800, "exp(1ms)"},
                    Case{"MD1Busy", "poisson", 800, "1ms"},
                    Case{"MM2Busy", "poisson", 1600, "exp(1ms)", {.servers = 2}},
                    Case{"Bimodal", "poisson", 1000, "bimodal(200us,2ms,0.2)"},
                    Case{"Loss", "poisson", 800, "exp(10ms)", {.servers = 10, .limit = 10}},
                    Case{"Stall", "poisson", 2000, "25us", {.frozen = 100ms, .period = 1s}}),
    [](const auto& tested) { return tested.param.name; });

TEST_P(Certification, ReportsEveryRequestAsTheOracleHasIt) {
    TrialSpec spec;
    spec.host = "oracle";
    spec.classes.push_back({.name = "all", .path = "/at/", .carries_intended = true});
    spec.arrivals = GetParam().arrivals;
    spec.rate_per_s = GetParam().rate_per_s;
    spec.connections = 512;
    spec.warmup = 1s;
    spec.duration = 20s;
    spec.most_samples = 100'000;

    VirtualClock clock;
    VirtualQueue queue(GetParam().rules);
    const Distribution service = Distribution::parse(GetParam().service);
    Random random(7);
    std::map<TimePoint, std::optional<TimePoint>> truth;
    MemoryNetwork::Script script;
    script.on_bytes = [&](const MemoryNetwork::Peer& peer, std::string_view request) {
        const TimePoint intended = intended_of(request);
        const auto done = queue.serve(intended, service.sample(random));
        truth[intended] = done;
        peer.reply(done ? std::max(*done - clock.now(), 0ns) : 0ns,
                   std::string(done ? kOk : kRefused));
    };
    MemoryNetwork network(clock, script);
    Worker worker(spec, 0, clock, network, prepare_sessions(spec));
    worker.open();
    worker.run(clock.now() + 2ms);

    const auto samples = worker.samples();
    EXPECT_EQ(samples.size(), worker.recorder().scheduled_count());
    EXPECT_NEAR(static_cast<double>(samples.size()), 20 * spec.rate_per_s, 0.1 * 20 * 2000);
    for (const Sample& sample : samples) {
        const auto found = truth.find(sample.intended);
        ASSERT_NE(found, truth.end());
        const auto done = found->second;
        EXPECT_EQ(sample.outcome, done ? Outcome::kOk : Outcome::kStatus);
        EXPECT_EQ(sample.completed, done.value_or(sample.intended));
        EXPECT_EQ(sample.sent, sample.intended);
    }
}

TEST(CertificationGaps, TellsWhenItWasKeptFromPolling) {
    TrialSpec spec;
    spec.classes.push_back({.name = "all"});
    spec.arrivals = "constant";
    spec.rate_per_s = 1000;
    spec.connections = 1;
    spec.warmup = 0s;
    spec.duration = 10ms;
    spec.most_samples = 100;
    for (const Pacing pacing : {Pacing::kSpin, Pacing::kBusy}) {
        spec.pacing = pacing;
        VirtualClock clock;
        std::vector<Gap> expected;
        MemoryNetwork::Script script;
        script.on_bytes = [&, seen = 0](const MemoryNetwork::Peer& peer, std::string_view) mutable {
            // As if its core were away while it sends: for long, and for too short a time.
            if (const Nanoseconds away = ++seen == 5 ? 50us : 10us; seen == 5 || seen == 7) {
                expected.push_back({clock.now(), clock.now() + away});
                clock.advance_to(clock.now() + away);
            }
            peer.reply(100us, std::string(kOk));
        };
        MemoryNetwork network(clock, script);
        Worker worker(spec, 0, clock, network, prepare_sessions(spec));
        worker.open();
        worker.run(clock.now() + 1ms);
        ASSERT_EQ(worker.samples().size(), 10U);
        ASSERT_EQ(worker.gaps().size(), 1U);
        EXPECT_LE(worker.gaps()[0].begin, expected[0].begin);
        EXPECT_GE(worker.gaps()[0].begin, expected[0].begin - 2us);
        EXPECT_EQ(worker.gaps()[0].end, expected[0].end);
    }
}

}  // namespace
}  // namespace contend
