// The event-stream protocol on a Worker, against a server of streams in memory.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>

#include "load/memory_trial.h"

namespace contend {
namespace {

using namespace std::chrono_literals;
using Peer = MemoryNetwork::Peer;

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string event(std::uint64_t number, std::string_view data = "tick") {
    const std::string text = fmt::format("id: {}\ndata: {}\n\n", number, data);
    return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

// A stream's events, whose first comes 5 ms after it was asked for: with head, and k seconds later
// the k-th. `late` says how much later than that.
void push(const Peer& peer, int events, Nanoseconds (*late)(int) = [](int) { return 0ns; }) {
    peer.reply(5ms + late(0), std::string(kHead) + event(0));
    for (int k = 1; k < events; ++k) {
        peer.reply(5ms + k * 1s + late(k), event(static_cast<std::uint64_t>(k)));
    }
}

using Serve = std::function<void(const Peer&)>;

// Four streams, and a user who asks for a message of 1 ms in the closed loop with 9 ms to think,
// for ten seconds after a second of warm-up.
TrialResult run(const Serve& stream) {
    TrialSpec spec;
    spec.protocol = "event-stream";
    spec.protocol_options = {{"streams", 4}, {"interval_ms", 1000}};
    spec.host = "localhost";
    spec.classes.push_back({.name = "event",
                            .path = "/events?interval={interval}",
                            .expect_body = "tick",
                            .pushed = true});
    spec.classes.push_back({.name = "json", .path = "/json"});
    spec.arrivals = "closed";
    spec.think = 9ms;
    spec.connections = 1;
    spec.warmup = 1s;
    spec.duration = 10s;
    spec.timeout = 2s;
    MemoryNetwork::Script script;
    script.on_bytes = [&stream](const Peer& peer, std::string_view bytes) {
        if (bytes.starts_with("GET /events?interval=1000 HTTP/1.1\r\nHost: localhost\r\n")) {
            stream(peer);
        } else {
            EXPECT_TRUE(bytes.starts_with("GET /json "));
            peer.reply(1ms, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        }
    };
    const TrialResult result = memory_trial(spec, script);
    EXPECT_EQ(result.classes[1].requests.scheduled, 1000U);
    EXPECT_EQ(result.classes[1].requests[Outcome::kOk], 1000U);
    EXPECT_EQ(result.classes[0].share, 0.0);
    EXPECT_EQ(result.classes[1].share, 1.0);
    return result;
}

TEST(EventStream, WhatComesAtItsTimeHasNoLatency) {
    const auto result = run([](const Peer& peer) { push(peer, 20); });
    const ClassResult& events = result.classes[0];
    EXPECT_EQ(events.requests.scheduled, 40U);
    EXPECT_EQ(events.requests[Outcome::kOk], 40U);
    EXPECT_EQ(events.latency.max(), 0ns);
    EXPECT_EQ(result.connections_opened, 5U);
    EXPECT_NEAR(static_cast<double>(result.connect_time.max().count()), 5e6, 5e3);
}

TEST(EventStream, LatencyRunsFromTheTimesThatTheFirstEventSet) {
    const auto result = run([](const Peer& peer) {
        push(peer, 20, [](int k) { return k % 2 == 1 ? Nanoseconds(30ms) : Nanoseconds(0); });
    });
    const ClassResult& events = result.classes[0];
    EXPECT_EQ(events.requests[Outcome::kOk], 40U);
    EXPECT_NEAR(static_cast<double>(events.latency.max().count()), 30e6, 30e3);
    EXPECT_EQ(events.latency.value_at_quantile(0.4), 0ns);
}

TEST(EventStream, AFirstEventThatIsLateHidesNoOtherLateness) {
    const auto result = run([](const Peer& peer) {
        push(peer, 20, [](int k) {
            return k == 0 ? Nanoseconds(300ms) : Nanoseconds(k % 2 == 1 ? 200ms : 0ms);
        });
    });
    const ClassResult& events = result.classes[0];
    EXPECT_EQ(events.requests[Outcome::kOk], 40U);
    EXPECT_NEAR(static_cast<double>(events.latency.max().count()), 200e6, 200e3);
}

TEST(EventStream, WhatComesBeforeItCanBeDueComesAtNoInterval) {
    const auto result = run([](const Peer& peer) {
        if (peer.connection() != 2) {
            push(peer, 20);
            return;
        }
        std::string all(kHead);
        for (std::uint64_t k = 0; k < 20; ++k) {
            all += event(k);
        }
        peer.reply(5ms, all);
    });
    const ClassResult& events = result.classes[0];
    EXPECT_EQ(events.requests[Outcome::kOk], 30U);
    EXPECT_GT(events.requests[Outcome::kTimeout] + events.requests[Outcome::kProtocol], 0U);
}

TEST(EventStream, WhatNeverComesIsGivenUp) {
    const auto result = run([](const Peer& peer) { push(peer, peer.connection() == 2 ? 6 : 20); });
    const ClassResult& events = result.classes[0];
    EXPECT_EQ(events.requests.scheduled, 40U);
    EXPECT_EQ(events.requests[Outcome::kOk], 34U);
    EXPECT_EQ(events.requests[Outcome::kTimeout], 6U);
    EXPECT_GE(events.latency.max(), 2s);
}

TEST(EventStream, AnEventThatIsLostOrComesTwiceOrIsAnotherIsAFailure) {
    for (const std::string& wrong :
         {event(5), event(3), event(4, "tock"), std::string("no chunk\r\n")}) {
        const auto result = run([&wrong](const Peer& peer) {
            if (peer.connection() != 2) {
                push(peer, 20);
                return;
            }
            push(peer, 4);
            peer.reply(4005ms, wrong);
        });
        const ClassResult& events = result.classes[0];
        EXPECT_EQ(events.requests[Outcome::kProtocol], 1U) << wrong;
        EXPECT_EQ(events.requests[Outcome::kOk], 39U) << wrong;
        EXPECT_EQ(events.requests.scheduled, 40U) << wrong;
        EXPECT_EQ(result.connections_opened, 6U);  // it is opened anew
    }
}

TEST(EventStream, AStreamThatSaysNothingAndThenEndsHasLostAllThatWasDue) {
    const auto result = run([](const Peer& peer) {
        push(peer, peer.connection() == 2 ? 3 : 20);
        if (peer.connection() == 2) {
            peer.close(6500ms);
        }
    });
    const ClassResult& events = result.classes[0];
    EXPECT_EQ(events.requests[Outcome::kReset], 4U);  // of 3, 4, 5 and 6 s
    EXPECT_EQ(result.connections_opened, 6U);
}

TEST(EventStream, AStreamThatCannotBeOpenedAgainLosesAnEventAnInterval) {
    const auto result = run([](const Peer& peer) {
        if (peer.connection() > 5) {
            peer.close(1ms);
            return;
        }
        push(peer, 20);
        if (peer.connection() == 2) {
            peer.close(3500ms);
        }
    });
    const ClassResult& events = result.classes[0];
    EXPECT_EQ(events.requests[Outcome::kReset], 8U);  // at 3.5 s, 4.5 s and so on to 10.5 s
    EXPECT_EQ(events.requests[Outcome::kConnect], 0U);
    EXPECT_EQ(events.requests[Outcome::kOk], 32U);
}

TEST(EventStream, AStreamThatEndsIsAFailureAndOpenedAnew) {
    const auto result = run([](const Peer& peer) {
        push(peer, 20);
        if (peer.connection() == 2) {
            peer.close(3500ms);
        }
    });
    const ClassResult& events = result.classes[0];
    EXPECT_EQ(events.requests[Outcome::kReset], 1U);
    EXPECT_EQ(result.connections_opened, 6U);
    EXPECT_GE(events.requests[Outcome::kOk], 39U);
}

TEST(EventStream, AnotherStatusIsNoStream) {
    const auto result = run([](const Peer& peer) {
        if (peer.connection() == 2) {
            peer.reply(1ms, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
        } else {
            push(peer, 20);
        }
    });
    EXPECT_EQ(result.classes[0].requests.scheduled, 30U);
    EXPECT_EQ(result.classes[0].requests[Outcome::kOk], 30U);
    EXPECT_EQ(result.connections_opened, 4U);
}

TEST(EventStream, RefusesWhatMakesNoStreams) {
    const auto refused = [](const auto& change) {
        TrialSpec spec;
        spec.protocol = "event-stream";
        spec.classes.push_back({.path = "/events", .expect_body = "tick", .pushed = true});
        spec.classes.push_back({.path = "/json"});
        EXPECT_NO_THROW(prepare_sessions(spec));
        change(spec);
        EXPECT_THROW(prepare_sessions(spec), std::invalid_argument);
    };
    refused([](TrialSpec& spec) { spec.threads = 2; });
    refused([](TrialSpec& spec) { spec.max_requests = 10; });
    refused([](TrialSpec& spec) { spec.classes.pop_back(); });
    refused([](TrialSpec& spec) { spec.classes[0].pushed = false; });
    refused([](TrialSpec& spec) { spec.classes[1].pushed = true; });
    refused([](TrialSpec& spec) { spec.classes[0].path = "/a b"; });
    refused([](TrialSpec& spec) { spec.protocol_options = {{"interval_ms", 0}}; });
    refused([](TrialSpec& spec) { spec.protocol_options = {{"rivers", 1}}; });
}

}  // namespace
}  // namespace contend
