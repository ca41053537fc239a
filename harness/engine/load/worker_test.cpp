#include "load/worker.h"

#include <gtest/gtest.h>

#include "load/memory_trial.h"

namespace contend {
namespace {

using namespace std::chrono_literals;
namespace error = boost::asio::error;
using Peer = MemoryTransport::Peer;

// A protocol of lines: a response is one word and a line feed, and the word says what it is.
class LineProtocol : public Protocol {
   public:
    explicit LineProtocol(const TrialSpec& spec) : spec_(spec) {}

    void carry(TimePoint intended) override {
        carried_ = std::to_string(intended.time_since_epoch().count());
    }
    std::string_view request(std::size_t index) override {
        heard_.clear();
        if (spec_.classes[index].carries_intended) {
            return carried_;
        }
        return spec_.classes[index].path;
    }
    Reply receive(std::string_view bytes) override {
        heard_ += bytes;
        if (heard_.back() != '\n') {
            return {};
        }
        Reply reply{.complete = true, .keep_alive = heard_ != "last\n"};
        if (heard_ == "status\n") {
            reply.outcome = Outcome::kStatus;
        } else if (heard_ == "garbage\n") {
            reply = {.complete = true, .keep_alive = false, .outcome = Outcome::kProtocol};
        }
        return reply;
    }
    Reply end_of_stream() override {
        return {.complete = true,
                .keep_alive = false,
                .outcome = heard_ == "until-close" ? Outcome::kOk : Outcome::kReset};
    }
    [[nodiscard]] bool response_started() const override { return !heard_.empty(); }
    void reset() override { heard_.clear(); }
    [[nodiscard]] bool idempotent(std::size_t index) const override {
        return spec_.classes[index].method == "GET";
    }

   private:
    const TrialSpec& spec_;
    std::string heard_;
    std::string carried_;
};

// A line protocol whose connections open by a word of their own, and that answers a "?".
class PoliteProtocol : public LineProtocol {
   public:
    using LineProtocol::LineProtocol;
    [[nodiscard]] std::string_view opening() const override { return "hello\n"; }
    Reply opened(std::string_view bytes) override {
        heard_ += bytes;
        const bool whole = heard_.ends_with('\n');
        return {.complete = whole,
                .outcome = heard_ == "welcome\n" ? Outcome::kOk : Outcome::kProtocol};
    }
    void reset() override {
        heard_.clear();
        LineProtocol::reset();
    }
    Reply unasked(std::string_view bytes) override {
        return {.keep_alive = bytes == "?\n", .answer = "here\n"};
    }

   private:
    std::string heard_;
};

TrialSpec spec_of(std::string arrivals, double rate_per_s, std::size_t connections) {
    TrialSpec spec;
    spec.classes.push_back({.name = "all"});
    spec.arrivals = std::move(arrivals);
    spec.rate_per_s = rate_per_s;
    spec.connections = connections;
    spec.warmup = 0s;
    spec.duration = 10s;
    return spec;
}

MemoryTransport::Script answer(Nanoseconds after, const std::string& line = "ok\n") {
    MemoryTransport::Script script;
    script.on_bytes = [=](const Peer& peer, std::string_view) { peer.reply(after, line); };
    return script;
}

// A server that works on one request at a time, first come, first served.
MemoryTransport::Script one_at_a_time(const VirtualClock& clock, Nanoseconds service) {
    MemoryTransport::Script script;
    script.on_bytes = [&clock, service, free = TimePoint{}](const Peer& peer,
                                                            std::string_view) mutable {
        free = std::max(free, clock.now()) + service;
        peer.reply(free - clock.now(), "ok\n");
    };
    return script;
}

class LoadWorkerTest : public testing::Test {
   protected:
    using Worker = LoadWorker<VirtualClock, MemoryTransport>;

    // Runs the trial; `during` is called once, `at` after its start.
    template <class Spoken = LineProtocol>
    TrialResult run(const TrialSpec& spec, MemoryTransport::Script script,
                    Nanoseconds at = Nanoseconds::max(),
                    const std::function<void(Worker&)>& during = {}) {
        MemoryTransport transport(clock_, std::move(script));
        Worker worker(spec, 0, clock_, transport,
                      [&spec] { return std::make_unique<Spoken>(spec); });
        worker.open();
        const TimePoint start = clock_.now() + 1ms;
        if (during) {
            transport.schedule(start + at, [&] { during(worker); });
        }
        worker.run(start);
        const TrialResult result = result_of(spec, worker);
        std::uint64_t in_slices = 0;
        for (const auto& slice : result.slices) {
            for (const auto count : slice.by_outcome) {
                in_slices += count;
            }
        }
        EXPECT_EQ(in_slices, result.requests.scheduled);
        if (result.service_time.count() == result.sent) {
            expect_littles_law(result);
        }
        return result;
    }

    // The time integral of the number in flight is the sum of the requests' times, those that the
    // kernel had the response for before the worker knew included.
    static void expect_littles_law(const TrialResult& result) {
        const auto sum = [](const Histogram& times) {
            return times.mean_ns() * static_cast<double>(times.count()) * 1e-9;
        };
        const double times = sum(result.service_time) + sum(result.receive_lag);
        EXPECT_NEAR(result.in_flight_seconds, times, times / 1000.0);
    }

    VirtualClock clock_;
};

// Histogram values are exact to one part in a thousand.
void expect_close(Nanoseconds value, Nanoseconds expected) {
    EXPECT_NEAR(static_cast<double>(value.count()), static_cast<double>(expected.count()),
                static_cast<double>(expected.count()) / 1000.0);
}

TEST_F(LoadWorkerTest, ConstantRateSendsEveryIntendedRequest) {
    const auto result = run(spec_of("constant", 1000, 4), answer(2ms));
    EXPECT_EQ(result.requests.scheduled, 10'000U);
    EXPECT_EQ(result.requests[Outcome::kOk], 10'000U);
    EXPECT_EQ(result.sent, 10'000U);
    expect_close(result.latency.min(), 2ms);
    expect_close(result.latency.max(), 2ms);
    EXPECT_EQ(result.send_lag.max(), 0ns);
    EXPECT_EQ(result.slices.size(), 10U);
    EXPECT_EQ(result.slices[3].completed_ok, 1000U);
}

TEST_F(LoadWorkerTest, LatencyRunsFromTheIntendedTimeWhileTheServerIsFrozen) {
    // One connection, 1,000/s; the server freezes for 100 ms once: a closed loop would see one
    // slow request, but a hundred were meant to be sent.
    MemoryTransport::Script script;
    std::uint64_t seen = 0;
    script.on_bytes = [&](const Peer& peer, std::string_view) {
        peer.reply(++seen == 5000 ? 100ms : 0ns, "ok\n");
    };
    const auto result = run(spec_of("constant", 1000, 1), script);
    EXPECT_EQ(result.requests[Outcome::kOk], 10'000U);
    expect_close(result.latency.max(), 100ms);
    expect_close(result.latency.value_at_quantile(1.0 - 50.0 / 10'000), 50ms);
    expect_close(result.send_lag.max(), 99ms);
    EXPECT_EQ(result.own_lateness.max(), 0ns);  // it was the connection that was waited for
    expect_close(result.service_time.max(), 100ms);
    EXPECT_EQ(result.service_time.value_at_quantile(0.9998), 0ns);
}

TEST_F(LoadWorkerTest, ClosedLoopKeepsEveryConnectionBusy) {
    const auto result = run(spec_of("closed", 0, 8), answer(1ms));
    EXPECT_EQ(result.completed_ok, 8U * 9'999U);  // the last ones complete at the window's end
    expect_close(result.latency.max(), 1ms);
}

TEST_F(LoadWorkerTest, ClosedLoopThinksBetweenRequests) {
    TrialSpec spec = spec_of("closed", 0, 5);
    spec.think = 4ms;
    const auto result = run(spec, answer(1ms));
    EXPECT_EQ(result.requests.scheduled, 5U * 2000U);  // N / (R + Z), models.md
}

TEST_F(LoadWorkerTest, OverloadShowsAsCapacityAndGrowingLatency) {
    // 1.25 times the capacity: what waits grows by a fifth of a second per intended second.
    TrialSpec spec = spec_of("constant", 1250, 16);
    spec.timeout = 60s;
    const auto result = run(spec, one_at_a_time(clock_, 1ms));
    EXPECT_NEAR(static_cast<double>(result.completed_ok), 10'000, 1);
    EXPECT_EQ(result.requests[Outcome::kOk], 12'500U);
    expect_close(result.latency.max(), 2500ms);
}

TEST_F(LoadWorkerTest, TheClientsWakeUpIsNotTheServersLatency) {
    auto script = answer(2ms);
    script.wake_up = 500us;
    const auto result = run(spec_of("constant", 100, 1), script);
    expect_close(result.latency.max(), 2ms);
    expect_close(result.receive_lag.max(), 500us);
    EXPECT_EQ(result.receive_lag.count(), 1000U);
}

TEST_F(LoadWorkerTest, WhatTheGeneratorItselfWasLateByIsInNoLatency) {
    // It stands still for 10 ms, between two sends at 1,000/s: the nine that were due meanwhile go
    // together with the tenth, which is on time.
    const auto result = run(spec_of("constant", 1000, 64), answer(50us), 5'000'500us,
                            [this](Worker&) { clock_.advance_to(clock_.now() + 9'500us); });
    EXPECT_EQ(result.requests[Outcome::kOk], 10'000U);
    expect_close(result.latency.max(), 50us);
    expect_close(result.own_lateness.max(), 9ms);
    // In time, each would have been done before the next; together, all but the first may have
    // waited for the one before.
    expect_close(result.latency_high.max(), 50us);
    EXPECT_EQ(result.latency_low.min(), 0ns);
    expect_close(result.latency_low.value_at_quantile(0.001), 50us);
    EXPECT_EQ(result.disturbed, 0U);
}

TEST_F(LoadWorkerTest, ALateSendThatMeetsNoOtherDisturbsNothing) {
    const auto late_by = [this](Nanoseconds late, Nanoseconds service) {
        return run(spec_of("constant", 1000, 64), answer(service), 5'000'900us,
                   [this, late](Worker&) { clock_.advance_to(clock_.now() + 100us + late); })
            .disturbed;
    };
    EXPECT_EQ(late_by(400us, 700us), 1U);  // the next one met it, and wouldn't have
    EXPECT_EQ(late_by(200us, 700us), 0U);  // it had ended by then
    EXPECT_EQ(late_by(600us, 300us), 0U);
}

TEST_F(LoadWorkerTest, ARateOfOneInTenSecondsIsKept) {
    TrialSpec spec = spec_of("constant", 0.1, 1);
    spec.duration = 60s;
    spec.pacing = Pacing::kAuto;
    const auto result = run(spec, answer(1ms));
    EXPECT_EQ(result.requests.scheduled, 6U);
    EXPECT_EQ(result.requests[Outcome::kOk], 6U);
    expect_close(result.latency.max(), 1ms);
}

// As those of a kernel of 250 Hz: sends between its ticks are late, and no latency has it in it.
TEST_F(LoadWorkerTest, TimersCoarserThanAMillisecondMoveNoLatency) {
    auto script = answer(50us);
    script.tick = 4ms;
    TrialSpec spec = spec_of("constant", 70, 64);
    const auto asleep = run(spec, script);
    EXPECT_EQ(asleep.requests[Outcome::kOk], 700U);
    EXPECT_GT(asleep.own_lateness.value_at_quantile(0.9), 3ms);
    expect_close(asleep.latency.max(), 50us);
    spec.pacing = Pacing::kAuto;
    spec.warmup = 2s;
    const auto polled = run(spec, script);
    EXPECT_LT(polled.own_lateness.value_at_quantile(0.9), 10us);
    expect_close(polled.latency.max(), 50us);
}

TEST_F(LoadWorkerTest, NothingIsSaidToHaveMovedInTheClosedLoop) {
    const auto result = run(spec_of("closed", 0, 4), answer(1ms));
    EXPECT_EQ(result.latency_low.count() + result.latency_high.count() + result.disturbed, 0U);
}

TEST_F(LoadWorkerTest, TimeoutEntersTheLatencyAndItsLateReplyAnswersNobody) {
    TrialSpec spec = spec_of("constant", 10, 1);
    spec.timeout = 50ms;
    MemoryTransport::Script script;
    script.on_bytes = [seen = 0](const Peer& peer, std::string_view) mutable {
        const bool late = ++seen == 1;
        peer.reply(late ? 120ms : 1ms, late ? "status\n" : "ok\n");
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kTimeout], 1U);
    EXPECT_EQ(result.requests[Outcome::kOk], 99U);
    expect_close(result.latency.max(), 50ms);
    ASSERT_TRUE(result.lowest_lower_bound.has_value());
    EXPECT_EQ(*result.lowest_lower_bound, 50ms);
    EXPECT_EQ(result.connections_opened, 2U);
}

TEST_F(LoadWorkerTest, RequestsPastTheirDeadlineAreShedAtTheirAge) {
    TrialSpec spec = spec_of("constant", 1000, 1);
    spec.deadline = 10ms;
    const auto result = run(spec, one_at_a_time(clock_, 100ms));
    EXPECT_EQ(result.requests[Outcome::kOk] + result.requests[Outcome::kShed], 10'000U);
    EXPECT_NEAR(static_cast<double>(result.requests[Outcome::kOk]), 100, 1);
    EXPECT_EQ(result.lowest_lower_bound, 10ms);
    EXPECT_EQ(result.latency.count(), 10'000U);
}

TEST_F(LoadWorkerTest, ArrivalsBeyondTheQueueAreShed) {
    TrialSpec spec = spec_of("constant", 1000, 1);
    spec.max_queue = 5;
    spec.duration = 1s;
    const auto result = run(spec, answer(400ms));
    EXPECT_EQ(result.requests[Outcome::kOk] + result.requests[Outcome::kShed], 1000U);
    EXPECT_EQ(result.requests[Outcome::kOk], 1U + 2U + 5U);
}

TEST_F(LoadWorkerTest, WhatIsLeftAfterTheDrainIsUnfinished) {
    TrialSpec spec = spec_of("constant", 10, 2);
    spec.duration = 1s;
    spec.timeout = 2s;
    const auto result = run(spec, MemoryTransport::Script{});
    // Two are in flight until they time out at 2.0 and 2.1 s, two more follow in each slot.
    EXPECT_EQ(result.requests[Outcome::kTimeout], 2U);
    EXPECT_EQ(result.requests[Outcome::kUnfinished], 8U);
    EXPECT_EQ(result.latency.count(), 10U);
    EXPECT_EQ(result.completed_ok, 0U);
}

TEST_F(LoadWorkerTest, GoodputCountsCompletionsInTheWindowAloneWheneverIntended) {
    TrialSpec spec = spec_of("constant", 10, 100);
    spec.warmup = 1s;
    spec.duration = 1s;
    const auto result = run(spec, answer(250ms));
    EXPECT_EQ(result.requests.scheduled, 10U);
    EXPECT_EQ(result.requests[Outcome::kOk], 10U);
    // Of those intended at 1.0 … 1.9 s, 1.0 … 1.7 complete before 2.0 s; of the warm-up's,
    // 0.8 and 0.9 complete after 1.0 s.
    EXPECT_EQ(result.completed_ok, 10U);
    EXPECT_EQ(result.slices.at(0).completed_ok, 10U);
    EXPECT_EQ(result.latency.count(), 10U);
}

TEST_F(LoadWorkerTest, RefusedConnectsFailOneRequestEach) {
    TrialSpec spec = spec_of("constant", 100, 4);
    spec.duration = 1s;
    MemoryTransport::Script script;
    script.on_connect = [](std::uint64_t) {
        return std::pair(Nanoseconds(10us), error::make_error_code(error::connection_refused));
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kConnect], 100U);
    EXPECT_EQ(result.latency.count(), 0U);
}

TEST_F(LoadWorkerTest, RefusedUsersPauseInsteadOfSpinning) {
    TrialSpec spec = spec_of("closed", 0, 1);
    spec.duration = 1s;
    MemoryTransport::Script script;
    script.on_connect = [](std::uint64_t) {
        return std::pair(Nanoseconds(0), error::make_error_code(error::connection_refused));
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kConnect], 100U);
}

TEST_F(LoadWorkerTest, ConnectsThatHangFailAfterTheConnectTimeout) {
    TrialSpec spec = spec_of("constant", 1, 1);
    spec.duration = 1s;
    spec.connect_timeout = 2s;
    MemoryTransport::Script script;
    script.on_connect = [](std::uint64_t) {
        return std::pair(Nanoseconds(1h), error::make_error_code(error::timed_out));
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kConnect], 1U);
}

TEST_F(LoadWorkerTest, AConnectionClosedWhileIdleCostsNothing) {
    TrialSpec spec = spec_of("constant", 1, 1);
    MemoryTransport::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view) {
        peer.reply(1ms, "ok\n");
        peer.close(500ms);
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kOk], 10U);
    EXPECT_EQ(result.requests.resent, 0U);
    EXPECT_EQ(result.connections_opened, 10U);
}

// Answers each connection's first request and closes it on the second, before any byte.
MemoryTransport::Script close_on_second() {
    MemoryTransport::Script script;
    script.on_bytes = [seen = std::map<std::uint64_t, int>()](const Peer& peer,
                                                              std::string_view) mutable {
        if (++seen[peer.connection()] == 1) {
            peer.reply(1ms, "ok\n");
        } else {
            peer.close(1ms);
        }
    };
    return script;
}

TEST_F(LoadWorkerTest, ARequestThatRacesAnIdleCloseIsSentAgain) {
    TrialSpec spec = spec_of("constant", 0.5, 1);
    const auto result = run(spec, close_on_second());
    EXPECT_EQ(result.requests[Outcome::kOk], 5U);
    EXPECT_EQ(result.requests.resent, 4U);    // all but the first
    expect_close(result.latency.max(), 2ms);  // from the first intended time
}

TEST_F(LoadWorkerTest, NothingIsSentAgainOnABusyConnection) {
    TrialSpec spec = spec_of("constant", 2, 1);  // idle for half a second only
    const auto result = run(spec, close_on_second());
    EXPECT_EQ(result.requests.resent, 0U);
    EXPECT_EQ(result.requests[Outcome::kReset], 10U);
    EXPECT_EQ(result.requests[Outcome::kOk], 10U);
}

TEST_F(LoadWorkerTest, AnUnsafeMethodIsNeverSentAgain) {
    TrialSpec spec = spec_of("constant", 0.5, 1);
    spec.classes[0].method = "POST";
    const auto result = run(spec, close_on_second());
    EXPECT_EQ(result.requests.resent, 0U);
    EXPECT_EQ(result.requests[Outcome::kReset], 2U);
}

TEST_F(LoadWorkerTest, NothingIsSentAgainAfterAFirstByteOrMoreThanOnce) {
    TrialSpec spec = spec_of("constant", 0.5, 1);
    MemoryTransport::Script script;
    script.on_bytes = [seen = 0](const Peer& peer, std::string_view) mutable {
        switch (++seen) {
            case 1:
                peer.reply(1ms, "ok\n");
                break;
            case 2:  // after a byte: reset
                peer.reply(1ms, "o");
                peer.close(2ms);
                break;
            case 3:
                peer.reply(1ms, "ok\n");
                break;
            default:  // the fourth, and again when it is sent again: reset
                peer.close(1ms);
        }
    };
    spec.duration = 8s;
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kOk], 2U);
    EXPECT_EQ(result.requests[Outcome::kReset], 2U);
    EXPECT_EQ(result.requests.resent, 1U);
}

TEST_F(LoadWorkerTest, EndOfStreamMayEndABody) {
    TrialSpec spec = spec_of("constant", 10, 1);
    MemoryTransport::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view) {
        peer.reply(1ms, "until-close");
        peer.close(2ms);
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kOk], 100U);
    EXPECT_EQ(result.connections_opened, 100U);
}

TEST_F(LoadWorkerTest, AResetIsNeverAWholeResponse) {
    TrialSpec spec = spec_of("constant", 10, 1);
    MemoryTransport::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view) {
        peer.reply(1ms, "until-close");
        peer.close(2ms, error::connection_reset);
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kReset], 100U);
}

TEST_F(LoadWorkerTest, ConnectionsThatAreNotKeptAreOpenedAgain) {
    const auto result = run(spec_of("closed", 0, 2), answer(1ms, "last\n"));
    EXPECT_GE(result.requests[Outcome::kOk], 2U * 9'999U);
    EXPECT_GE(result.connections_opened, result.requests[Outcome::kOk]);
}

TEST_F(LoadWorkerTest, UnaskedBytesCloseAnIdleConnection) {
    TrialSpec spec = spec_of("constant", 1, 1);
    MemoryTransport::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view) {
        peer.reply(1ms, "ok\n");
        peer.reply(100ms, "status\n");
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kOk], 10U);
    EXPECT_EQ(result.connections_opened, 10U);
    EXPECT_EQ(result.unasked_responses, 10U);
}

TEST_F(LoadWorkerTest, AResponseThatLayThereBeforeItsRequestAnswersAnother) {
    // What comes to the idle connection is only read after the next request has been sent.
    TrialSpec spec = spec_of("constant", 1000, 1);
    MemoryTransport::Script script;
    script.on_bytes = [seen = 0](const Peer& peer, std::string_view) mutable {
        peer.reply(10us, "ok\n");
        if (++seen == 100) {
            peer.reply(900us, "ok\n");
        }
    };
    script.wake_up = 200us;
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kProtocol], 1U);
    EXPECT_EQ(result.requests[Outcome::kOk], 9'999U);
    EXPECT_EQ(result.connections_opened, 2U);
}

TEST_F(LoadWorkerTest, AClosedLoopsUsersWaitForAConnectionHoweverShortTheQueueIs) {
    TrialSpec spec = spec_of("closed", 0, 8);
    spec.max_queue = 1;
    MemoryTransport::Script script = answer(1ms);
    script.on_connected = [](const Peer& peer) { peer.close(5ms); };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kShed], 0U);
    EXPECT_GT(result.requests[Outcome::kOk], 1000U);
}

TEST_F(LoadWorkerTest, FailuresAreCountedByCauseAndStayOutOfTheLatency) {
    const auto status = run(spec_of("constant", 100, 1), answer(1ms, "status\n"));
    EXPECT_EQ(status.requests[Outcome::kStatus], 1000U);
    EXPECT_EQ(status.latency.count(), 0U);
    EXPECT_EQ(status.connections_opened, 1U);
    const auto garbage = run(spec_of("constant", 100, 1), answer(1ms, "garbage\n"));
    EXPECT_EQ(garbage.requests[Outcome::kProtocol], 1000U);
}

TEST_F(LoadWorkerTest, EveryPacingSeesTheSameWorld) {
    for (const auto pacing : {Pacing::kSleep, Pacing::kSpin, Pacing::kBusy, Pacing::kAuto}) {
        TrialSpec spec = spec_of("poisson", 500, 4);
        spec.duration = 2s;
        spec.pacing = pacing;
        const auto result = run(spec, answer(3ms));
        EXPECT_NEAR(static_cast<double>(result.requests.scheduled), 1000, 120);
        EXPECT_EQ(result.requests[Outcome::kOk], result.requests.scheduled);
        EXPECT_LE(result.send_lag.value_at_quantile(0.5), 2us);
    }
}

TEST_F(LoadWorkerTest, ANumberOfRequestsEndsTheMeasurePhase) {
    TrialSpec spec = spec_of("closed", 0, 4);
    spec.max_requests = 30'000;
    spec.warmup = 100ms;
    const auto result = run(spec, answer(2ms));
    EXPECT_EQ(result.requests.scheduled, 30'000U);
    EXPECT_EQ(result.requests[Outcome::kOk], 30'000U);
    expect_close(result.duration, 15s);  // longer than the planned duration
    EXPECT_EQ(result.slices.size(), 16U);
    EXPECT_EQ(result.slices[14].completed_ok, 2000U);
}

TEST_F(LoadWorkerTest, AStopKeepsWhatWasMeasured) {
    const auto result = run(spec_of("constant", 1000, 4), answer(2ms), 2500ms,
                            [](Worker& worker) { worker.stop(); });
    EXPECT_EQ(result.duration, 2500ms);
    EXPECT_EQ(result.requests.scheduled, 2500U);
    EXPECT_EQ(result.requests[Outcome::kOk], 2500U);
    EXPECT_EQ(result.slices.size(), 3U);
}

TEST_F(LoadWorkerTest, ClassesComeInTheirExactShares) {
    TrialSpec spec = spec_of("constant", 1000, 4);
    spec.classes = {{.name = "light", .weight = 95}, {.name = "heavy", .weight = 5, .path = "H"}};
    MemoryTransport::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view bytes) {
        peer.reply(bytes == "H" ? 20ms : 1ms, "ok\n");
    };
    const auto result = run(spec, script);
    EXPECT_NEAR(result.classes[0].share, 0.95, 1e-12);
    EXPECT_EQ(result.classes[0].requests.scheduled, 9'500U);
    EXPECT_EQ(result.classes[1].requests.scheduled, 500U);
    EXPECT_EQ(result.requests.scheduled, 10'000U);
    expect_close(result.classes[0].service_time.max(), 1ms);
    expect_close(result.classes[1].service_time.min(), 20ms);
}

TEST_F(LoadWorkerTest, ARequestThatTheKernelTakesInPartsGoesOutWhole) {
    TrialSpec spec = spec_of("constant", 10, 1);
    spec.classes[0].path = "0123456789";
    MemoryTransport::Script script;
    std::string heard;
    script.send_buffer = 3;
    script.on_bytes = [&](const Peer& peer, std::string_view bytes) {
        heard += bytes;
        if (heard.size() == 10) {
            EXPECT_EQ(heard, "0123456789");
            heard.clear();
            peer.reply(1ms, "ok\n");
        }
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kOk], 100U);
}

// Greets, and answers what is asked after that.
MemoryTransport::Script greeting(const std::string& word, Nanoseconds after) {
    MemoryTransport::Script script;
    script.on_bytes = [=](const Peer& peer, std::string_view bytes) {
        if (bytes == "hello\n") {
            peer.reply(after, word.substr(0, 3));
            peer.reply(after, word.substr(3));
        } else if (bytes == "/") {
            peer.reply(1ms, "ok\n");
        }
    };
    return script;
}

TEST_F(LoadWorkerTest, AClassThatReadsSlowlyTakesItsResponseAtItsPace) {
    MemoryTransport::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view) {
        peer.reply(1ms, std::string(900, 'x'));
        peer.reply(2ms, "\n");
    };
    auto spec = spec_of("closed", 0, 1);
    spec.classes[0].read_bytes_per_s = 1000;
    EXPECT_EQ(run(spec, script).requests[Outcome::kOk], 12U);  // one in 900 ms
    spec.classes[0].read_bytes_per_s = 0;
    EXPECT_EQ(run(spec, script).requests[Outcome::kOk], 5000U);
}

TEST_F(LoadWorkerTest, AConnectionStandsOnceItsProtocolHasOpenedIt) {
    const auto result =
        run<PoliteProtocol>(spec_of("constant", 100, 2), greeting("welcome\n", 5ms));
    EXPECT_EQ(result.requests[Outcome::kOk], 1000U);
    EXPECT_EQ(result.connections_opened, 2U);
    expect_close(result.connect_time.max(), 5ms);
}

TEST_F(LoadWorkerTest, AConnectionThatItsProtocolCantOpenIsNone) {
    const auto refused =
        run<PoliteProtocol>(spec_of("constant", 100, 2), greeting("go away\n", 5ms));
    EXPECT_EQ(refused.requests[Outcome::kConnect], 1000U);
    EXPECT_EQ(refused.connections_opened, 0U);
    MemoryTransport::Script closing;
    closing.on_bytes = [](const Peer& peer, std::string_view) { peer.close(1ms); };
    const auto closed = run<PoliteProtocol>(spec_of("constant", 100, 2), closing);
    EXPECT_EQ(closed.requests[Outcome::kConnect], 1000U);
    TrialSpec spec = spec_of("constant", 100, 2);
    spec.connect_timeout = 20ms;
    const auto silent = run<PoliteProtocol>(spec, greeting("welcome\n", 1h));
    EXPECT_EQ(silent.requests[Outcome::kConnect], 1000U);
}

TEST_F(LoadWorkerTest, AQuestionOnAnIdleConnectionIsAnsweredAndCostsNothing) {
    MemoryTransport::Script script = greeting("welcome\n", 1ms);
    std::string heard;
    script.on_connected = [](const Peer& peer) { peer.reply(55ms, "?\n"); };
    script.on_bytes = [&heard, greet = script.on_bytes](const Peer& peer, std::string_view bytes) {
        heard += bytes == "here\n" ? bytes : "";
        greet(peer, bytes);
    };
    const auto result = run<PoliteProtocol>(spec_of("constant", 10, 1), script);
    EXPECT_EQ(heard, "here\n");
    EXPECT_EQ(result.requests[Outcome::kOk], 100U);
    EXPECT_EQ(result.connections_opened, 1U);
}

TEST_F(LoadWorkerTest, OpeningEndsOnceTheServerTakesNoMore) {
    MemoryTransport::Script script = answer(1ms);
    std::uint64_t asked = 0;
    script.on_connect = [&asked](std::uint64_t number) {
        asked = number;
        return number <= 100 ? std::pair(0ms, boost::system::error_code())
                             : std::pair(5000ms, boost::system::error_code(error::timed_out));
    };
    TrialSpec spec = spec_of("constant", 100, 2000);
    spec.connect_timeout = 5s;
    MemoryTransport transport(clock_, script);
    LoadWorker<VirtualClock, MemoryTransport> worker(
        spec, 0, clock_, transport, [&spec] { return std::make_unique<LineProtocol>(spec); });
    worker.open();
    EXPECT_EQ(worker.connections_missing(), 1900U);
    EXPECT_LT(asked, 300U);
}

}  // namespace
}  // namespace contend
