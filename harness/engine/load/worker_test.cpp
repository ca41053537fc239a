#include "load/worker.h"

#include <gtest/gtest.h>

#include "load/memory_trial.h"

namespace contend {
namespace {

using namespace std::chrono_literals;
namespace error = boost::asio::error;
using Peer = MemoryNetwork::Peer;

// Exchanges by lines: a response is one word and a line feed, and the word says what it is.
class Lines : public Session {
   public:
    explicit Lines(const TrialSpec& spec) : spec_(spec) {}

    std::string_view begin(std::size_t place, const Exchange& exchange) override {
        place_ = place;
        is_in_flight_ = true;
        heard_.clear();
        if (spec_.classes[exchange.class_index].carries_intended) {
            carried_ = std::to_string(exchange.intended.time_since_epoch().count());
            return carried_;
        }
        return spec_.classes[exchange.class_index].path;
    }
    Reading feed(std::string_view bytes, Events& events) override {
        if (!is_in_flight_) {
            return {.goes_on = false, .was_asked = false};
        }
        heard_ += bytes;
        if (heard_.back() != '\n') {
            return {};
        }
        const bool is_garbage = heard_ == "garbage\n";
        Outcome outcome = heard_ == "status\n" ? Outcome::kStatus : Outcome::kOk;
        outcome = is_garbage ? Outcome::kProtocol : outcome;
        over(outcome, events);
        return {.goes_on = heard_ != "last\n" && !is_garbage};
    }
    void end(Events& events) override {
        over(heard_ == "until-close" ? Outcome::kOk : Outcome::kReset, events);
    }
    [[nodiscard]] bool is_answered(std::size_t) const override { return !heard_.empty(); }
    void reset(Events&) override {
        heard_.clear();
        is_in_flight_ = false;
    }

   protected:
    [[nodiscard]] bool is_in_flight() const { return is_in_flight_; }

   private:
    void over(Outcome outcome, Events& events) {
        is_in_flight_ = false;
        events.completed(place_, outcome);
    }

    const TrialSpec& spec_;
    std::size_t place_ = 0;
    bool is_in_flight_ = false;
    std::string heard_;
    std::string carried_;
};

// Lines whose connections open by a word of their own, and that answers a "?".
class PoliteLines : public Lines {
   public:
    using Lines::Lines;
    [[nodiscard]] std::string_view greeting() const override { return "hello\n"; }
    Reading feed(std::string_view bytes, Events& events) override {
        if (is_open_) {
            return is_in_flight() ? Lines::feed(bytes, events)
                                  : Reading{.goes_on = bytes == "?\n", .answer = "here\n"};
        }
        welcome_ += bytes;
        is_open_ = welcome_ == "welcome\n";
        if (is_open_) {
            events.add(Event::Kind::kOpened);
        }
        return {.goes_on = is_open_ || !welcome_.ends_with('\n')};
    }
    void reset(Events& events) override {
        welcome_.clear();
        is_open_ = false;
        Lines::reset(events);
    }

   private:
    std::string welcome_;
    bool is_open_ = false;
};

// Several exchanges at a time: each is a letter, which is said back when it is answered.
class Letters : public Session {
   public:
    explicit Letters(const TrialSpec& /*spec*/) {}
    [[nodiscard]] std::size_t capacity() const override { return 3; }
    std::string_view begin(std::size_t place, const Exchange& /*exchange*/) override {
        const std::size_t letter = static_cast<std::size_t>(places_.size()) % kLetters.size();
        places_.push_back(place);
        return kLetters.substr(letter, 1);
    }
    Reading feed(std::string_view bytes, Events& events) override {
        for (const char letter : bytes) {
            for (std::size_t i = 0; i < places_.size(); ++i) {
                if (places_[i] && kLetters[i % kLetters.size()] == letter) {
                    events.completed(*std::exchange(places_[i], std::nullopt), Outcome::kOk);
                    break;
                }
            }
        }
        return {};
    }
    void end(Events&) override {}
    bool abandon(std::size_t place) override {
        std::ranges::replace(places_, std::optional(place), std::optional<std::size_t>());
        return true;
    }
    void reset(Events&) override { places_.clear(); }

   private:
    static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";

    std::vector<std::optional<std::size_t>> places_;
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

MemoryNetwork::Script answer(Nanoseconds after, const std::string& line = "ok\n") {
    MemoryNetwork::Script script;
    script.on_bytes = [=](const Peer& peer, std::string_view) { peer.reply(after, line); };
    return script;
}

// A server that works on one request at a time, first come, first served.
MemoryNetwork::Script one_at_a_time(const VirtualClock& clock, Nanoseconds service) {
    MemoryNetwork::Script script;
    script.on_bytes = [&clock, service, free = TimePoint{}](const Peer& peer,
                                                            std::string_view) mutable {
        free = std::max(free, clock.now()) + service;
        peer.reply(free - clock.now(), "ok\n");
    };
    return script;
}

class WorkerTest : public testing::Test {
   protected:
    using TestWorker = Worker<VirtualClock, MemoryNetwork>;

    // Runs the trial; `during` is called once, `at` after its start.
    template <class Spoken = Lines>
    TrialResult run(const TrialSpec& spec, MemoryNetwork::Script script,
                    Nanoseconds at = Nanoseconds::max(),
                    const std::function<void(TestWorker&)>& during = {}) {
        MemoryNetwork network(clock_, std::move(script));
        TestWorker worker(spec, 0, clock_, network,
                          [&spec] { return std::make_unique<Spoken>(spec); });
        worker.open();
        const TimePoint start = clock_.now() + 1ms;
        if (during) {
            network.schedule(start + at, [&] { during(worker); });
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

TEST_F(WorkerTest, ConstantRateSendsEveryIntendedRequest) {
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

TEST_F(WorkerTest, LatencyRunsFromTheIntendedTimeWhileTheServerIsFrozen) {
    // One connection, 1,000/s; the server freezes for 100 ms once: a closed loop would see one
    // slow request, but a hundred were meant to be sent.
    MemoryNetwork::Script script;
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

TEST_F(WorkerTest, ClosedLoopKeepsEveryConnectionBusy) {
    const auto result = run(spec_of("closed", 0, 8), answer(1ms));
    EXPECT_EQ(result.completed_ok, 8U * 9'999U);  // the last ones complete at the window's end
    expect_close(result.latency.max(), 1ms);
}

TEST_F(WorkerTest, ClosedLoopThinksBetweenRequests) {
    TrialSpec spec = spec_of("closed", 0, 5);
    spec.think = 4ms;
    const auto result = run(spec, answer(1ms));
    EXPECT_EQ(result.requests.scheduled, 5U * 2000U);  // N / (R + Z), models.md
}

TEST_F(WorkerTest, OverloadShowsAsCapacityAndGrowingLatency) {
    // 1.25 times the capacity: what waits grows by a fifth of a second per intended second.
    TrialSpec spec = spec_of("constant", 1250, 16);
    spec.timeout = 60s;
    const auto result = run(spec, one_at_a_time(clock_, 1ms));
    EXPECT_NEAR(static_cast<double>(result.completed_ok), 10'000, 1);
    EXPECT_EQ(result.requests[Outcome::kOk], 12'500U);
    expect_close(result.latency.max(), 2500ms);
}

TEST_F(WorkerTest, TheClientsWakeUpIsNotTheServersLatency) {
    auto script = answer(2ms);
    script.wake_up = 500us;
    const auto result = run(spec_of("constant", 100, 1), script);
    expect_close(result.latency.max(), 2ms);
    expect_close(result.receive_lag.max(), 500us);
    EXPECT_EQ(result.receive_lag.count(), 1000U);
}

TEST_F(WorkerTest, WhatTheGeneratorItselfWasLateByIsInNoLatency) {
    // It stands still for 10 ms, between two sends at 1,000/s: the nine that were due meanwhile go
    // together with the tenth, which is on time.
    const auto result = run(spec_of("constant", 1000, 64), answer(50us), 5'000'500us,
                            [this](TestWorker&) { clock_.advance_to(clock_.now() + 9'500us); });
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

TEST_F(WorkerTest, ALateSendThatMeetsNoOtherDisturbsNothing) {
    const auto late_by = [this](Nanoseconds late, Nanoseconds service) {
        return run(spec_of("constant", 1000, 64), answer(service), 5'000'900us,
                   [this, late](TestWorker&) { clock_.advance_to(clock_.now() + 100us + late); })
            .disturbed;
    };
    EXPECT_EQ(late_by(400us, 700us), 1U);  // the next one met it, and wouldn't have
    EXPECT_EQ(late_by(200us, 700us), 0U);  // it had ended by then
    EXPECT_EQ(late_by(600us, 300us), 0U);
}

TEST_F(WorkerTest, ARateOfOneInTenSecondsIsKept) {
    TrialSpec spec = spec_of("constant", 0.1, 1);
    spec.duration = 60s;
    spec.pacing = Pacing::kAuto;
    const auto result = run(spec, answer(1ms));
    EXPECT_EQ(result.requests.scheduled, 6U);
    EXPECT_EQ(result.requests[Outcome::kOk], 6U);
    expect_close(result.latency.max(), 1ms);
}

// As those of a kernel of 250 Hz: sends between its ticks are late, and no latency has it in it.
TEST_F(WorkerTest, TimersCoarserThanAMillisecondMoveNoLatency) {
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

TEST_F(WorkerTest, NothingIsSaidToHaveMovedInTheClosedLoop) {
    const auto result = run(spec_of("closed", 0, 4), answer(1ms));
    EXPECT_EQ(result.latency_low.count() + result.latency_high.count() + result.disturbed, 0U);
}

TEST_F(WorkerTest, TimeoutEntersTheLatencyAndItsLateReplyAnswersNobody) {
    TrialSpec spec = spec_of("constant", 10, 1);
    spec.timeout = 50ms;
    MemoryNetwork::Script script;
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

TEST_F(WorkerTest, RequestsPastTheirDeadlineAreShedAtTheirAge) {
    TrialSpec spec = spec_of("constant", 1000, 1);
    spec.deadline = 10ms;
    const auto result = run(spec, one_at_a_time(clock_, 100ms));
    EXPECT_EQ(result.requests[Outcome::kOk] + result.requests[Outcome::kShed], 10'000U);
    EXPECT_NEAR(static_cast<double>(result.requests[Outcome::kOk]), 100, 1);
    EXPECT_EQ(result.lowest_lower_bound, 10ms);
    EXPECT_EQ(result.latency.count(), 10'000U);
}

TEST_F(WorkerTest, ArrivalsBeyondTheQueueAreShed) {
    TrialSpec spec = spec_of("constant", 1000, 1);
    spec.max_queue = 5;
    spec.duration = 1s;
    const auto result = run(spec, answer(400ms));
    EXPECT_EQ(result.requests[Outcome::kOk] + result.requests[Outcome::kShed], 1000U);
    EXPECT_EQ(result.requests[Outcome::kOk], 1U + 2U + 5U);
}

TEST_F(WorkerTest, WhatIsLeftAfterTheDrainIsUnfinished) {
    TrialSpec spec = spec_of("constant", 10, 2);
    spec.duration = 1s;
    spec.timeout = 2s;
    const auto result = run(spec, MemoryNetwork::Script{});
    // Two are in flight until they time out at 2.0 and 2.1 s, two more follow in each slot.
    EXPECT_EQ(result.requests[Outcome::kTimeout], 2U);
    EXPECT_EQ(result.requests[Outcome::kUnfinished], 8U);
    EXPECT_EQ(result.latency.count(), 10U);
    EXPECT_EQ(result.completed_ok, 0U);
}

TEST_F(WorkerTest, GoodputCountsCompletionsInTheWindowAloneWheneverIntended) {
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

TEST_F(WorkerTest, RefusedConnectsFailOneRequestEach) {
    TrialSpec spec = spec_of("constant", 100, 4);
    spec.duration = 1s;
    MemoryNetwork::Script script;
    script.on_connect = [](std::uint64_t) {
        return std::pair(Nanoseconds(10us), error::make_error_code(error::connection_refused));
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kConnect], 100U);
    EXPECT_EQ(result.latency.count(), 0U);
}

TEST_F(WorkerTest, RefusedUsersPauseInsteadOfSpinning) {
    TrialSpec spec = spec_of("closed", 0, 1);
    spec.duration = 1s;
    MemoryNetwork::Script script;
    script.on_connect = [](std::uint64_t) {
        return std::pair(Nanoseconds(0), error::make_error_code(error::connection_refused));
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kConnect], 100U);
}

TEST_F(WorkerTest, ConnectsThatHangFailAfterTheConnectTimeout) {
    TrialSpec spec = spec_of("constant", 1, 1);
    spec.duration = 1s;
    spec.connect_timeout = 2s;
    MemoryNetwork::Script script;
    script.on_connect = [](std::uint64_t) {
        return std::pair(Nanoseconds(1h), error::make_error_code(error::timed_out));
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kConnect], 1U);
}

TEST_F(WorkerTest, AConnectionClosedWhileIdleCostsNothing) {
    TrialSpec spec = spec_of("constant", 1, 1);
    MemoryNetwork::Script script;
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
MemoryNetwork::Script close_on_second() {
    MemoryNetwork::Script script;
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

TEST_F(WorkerTest, ARequestThatRacesAnIdleCloseIsSentAgain) {
    TrialSpec spec = spec_of("constant", 0.5, 1);
    const auto result = run(spec, close_on_second());
    EXPECT_EQ(result.requests[Outcome::kOk], 5U);
    EXPECT_EQ(result.requests.resent, 4U);    // all but the first
    expect_close(result.latency.max(), 2ms);  // from the first intended time
}

TEST_F(WorkerTest, NothingIsSentAgainOnABusyConnection) {
    TrialSpec spec = spec_of("constant", 2, 1);  // idle for half a second only
    const auto result = run(spec, close_on_second());
    EXPECT_EQ(result.requests.resent, 0U);
    EXPECT_EQ(result.requests[Outcome::kReset], 10U);
    EXPECT_EQ(result.requests[Outcome::kOk], 10U);
}

TEST_F(WorkerTest, AnUnsafeMethodIsNeverSentAgain) {
    TrialSpec spec = spec_of("constant", 0.5, 1);
    spec.classes[0].method = "POST";
    const auto result = run(spec, close_on_second());
    EXPECT_EQ(result.requests.resent, 0U);
    EXPECT_EQ(result.requests[Outcome::kReset], 2U);
}

TEST_F(WorkerTest, NothingIsSentAgainAfterAFirstByteOrMoreThanOnce) {
    TrialSpec spec = spec_of("constant", 0.5, 1);
    MemoryNetwork::Script script;
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

TEST_F(WorkerTest, EndOfStreamMayEndABody) {
    TrialSpec spec = spec_of("constant", 10, 1);
    MemoryNetwork::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view) {
        peer.reply(1ms, "until-close");
        peer.close(2ms);
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kOk], 100U);
    EXPECT_EQ(result.connections_opened, 100U);
}

TEST_F(WorkerTest, AResetIsNeverAWholeResponse) {
    TrialSpec spec = spec_of("constant", 10, 1);
    MemoryNetwork::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view) {
        peer.reply(1ms, "until-close");
        peer.close(2ms, error::connection_reset);
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kReset], 100U);
}

TEST_F(WorkerTest, ConnectionsThatAreNotKeptAreOpenedAgain) {
    const auto result = run(spec_of("closed", 0, 2), answer(1ms, "last\n"));
    EXPECT_GE(result.requests[Outcome::kOk], 2U * 9'999U);
    EXPECT_GE(result.connections_opened, result.requests[Outcome::kOk]);
}

TEST_F(WorkerTest, UnaskedBytesCloseAnIdleConnection) {
    TrialSpec spec = spec_of("constant", 1, 1);
    MemoryNetwork::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view) {
        peer.reply(1ms, "ok\n");
        peer.reply(100ms, "status\n");
    };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kOk], 10U);
    EXPECT_EQ(result.connections_opened, 10U);
    EXPECT_EQ(result.unasked_responses, 10U);
}

TEST_F(WorkerTest, AResponseThatLayThereBeforeItsRequestAnswersAnother) {
    // What comes to the idle connection is only read after the next request has been sent.
    TrialSpec spec = spec_of("constant", 1000, 1);
    MemoryNetwork::Script script;
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

TEST_F(WorkerTest, AClosedLoopsUsersWaitForAConnectionHoweverShortTheQueueIs) {
    TrialSpec spec = spec_of("closed", 0, 8);
    spec.max_queue = 1;
    MemoryNetwork::Script script = answer(1ms);
    script.on_connected = [](const Peer& peer) { peer.close(5ms); };
    const auto result = run(spec, script);
    EXPECT_EQ(result.requests[Outcome::kShed], 0U);
    EXPECT_GT(result.requests[Outcome::kOk], 1000U);
}

TEST_F(WorkerTest, FailuresAreCountedByCauseAndStayOutOfTheLatency) {
    const auto status = run(spec_of("constant", 100, 1), answer(1ms, "status\n"));
    EXPECT_EQ(status.requests[Outcome::kStatus], 1000U);
    EXPECT_EQ(status.latency.count(), 0U);
    EXPECT_EQ(status.connections_opened, 1U);
    const auto garbage = run(spec_of("constant", 100, 1), answer(1ms, "garbage\n"));
    EXPECT_EQ(garbage.requests[Outcome::kProtocol], 1000U);
}

TEST_F(WorkerTest, EveryPacingSeesTheSameWorld) {
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

TEST_F(WorkerTest, ANumberOfRequestsEndsTheMeasurePhase) {
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

TEST_F(WorkerTest, AStopKeepsWhatWasMeasured) {
    const auto result = run(spec_of("constant", 1000, 4), answer(2ms), 2500ms,
                            [](TestWorker& worker) { worker.stop(); });
    EXPECT_EQ(result.duration, 2500ms);
    EXPECT_EQ(result.requests.scheduled, 2500U);
    EXPECT_EQ(result.requests[Outcome::kOk], 2500U);
    EXPECT_EQ(result.slices.size(), 3U);
}

TEST_F(WorkerTest, ClassesComeInTheirExactShares) {
    TrialSpec spec = spec_of("constant", 1000, 4);
    spec.classes = {{.name = "light", .weight = 95}, {.name = "heavy", .weight = 5, .path = "H"}};
    MemoryNetwork::Script script;
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

TEST_F(WorkerTest, ARequestThatTheKernelTakesInPartsGoesOutWhole) {
    TrialSpec spec = spec_of("constant", 10, 1);
    spec.classes[0].path = "0123456789";
    MemoryNetwork::Script script;
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
MemoryNetwork::Script greeting(const std::string& word, Nanoseconds after) {
    MemoryNetwork::Script script;
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

TEST_F(WorkerTest, AClassThatReadsSlowlyTakesItsResponseAtItsPace) {
    MemoryNetwork::Script script;
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

TEST_F(WorkerTest, AConnectionStandsOnceItsProtocolHasOpenedIt) {
    const auto result = run<PoliteLines>(spec_of("constant", 100, 2), greeting("welcome\n", 5ms));
    EXPECT_EQ(result.requests[Outcome::kOk], 1000U);
    EXPECT_EQ(result.connections_opened, 2U);
    expect_close(result.connect_time.max(), 5ms);
}

TEST_F(WorkerTest, AConnectionThatItsProtocolCantOpenIsNone) {
    const auto refused = run<PoliteLines>(spec_of("constant", 100, 2), greeting("go away\n", 5ms));
    EXPECT_EQ(refused.requests[Outcome::kConnect], 1000U);
    EXPECT_EQ(refused.connections_opened, 0U);
    MemoryNetwork::Script closing;
    closing.on_bytes = [](const Peer& peer, std::string_view) { peer.close(1ms); };
    const auto closed = run<PoliteLines>(spec_of("constant", 100, 2), closing);
    EXPECT_EQ(closed.requests[Outcome::kConnect], 1000U);
    TrialSpec spec = spec_of("constant", 100, 2);
    spec.connect_timeout = 20ms;
    const auto silent = run<PoliteLines>(spec, greeting("welcome\n", 1h));
    EXPECT_EQ(silent.requests[Outcome::kConnect], 1000U);
}

TEST_F(WorkerTest, AQuestionOnAnIdleConnectionIsAnsweredAndCostsNothing) {
    MemoryNetwork::Script script = greeting("welcome\n", 1ms);
    std::string heard;
    script.on_connected = [](const Peer& peer) { peer.reply(55ms, "?\n"); };
    script.on_bytes = [&heard, greet = script.on_bytes](const Peer& peer, std::string_view bytes) {
        heard += bytes == "here\n" ? bytes : "";
        greet(peer, bytes);
    };
    const auto result = run<PoliteLines>(spec_of("constant", 10, 1), script);
    EXPECT_EQ(heard, "here\n");
    EXPECT_EQ(result.requests[Outcome::kOk], 100U);
    EXPECT_EQ(result.connections_opened, 1U);
}

TEST_F(WorkerTest, AChannelCarriesAsManyExchangesAsItsSessionHasRoomFor) {
    // Three connections with room for three each: nine are in flight at a time, and no more.
    MemoryNetwork::Script script;
    script.on_bytes = [](const Peer& peer, std::string_view bytes) {
        peer.reply(10ms, std::string(bytes));
    };
    const auto easy = run<Letters>(spec_of("constant", 850, 3), script);
    EXPECT_EQ(easy.connections_opened, 3U);
    EXPECT_EQ(easy.requests[Outcome::kOk], 8'500U);
    expect_close(easy.latency.max(), 10ms);
    const auto too_much = run<Letters>(spec_of("constant", 1'000, 3), script);
    EXPECT_NEAR(static_cast<double>(too_much.completed_ok), 9'000, 9);
}

TEST_F(WorkerTest, OpeningEndsOnceTheServerTakesNoMore) {
    MemoryNetwork::Script script = answer(1ms);
    std::uint64_t asked = 0;
    script.on_connect = [&asked](std::uint64_t number) {
        asked = number;
        return number <= 100 ? std::pair(0ms, boost::system::error_code())
                             : std::pair(5000ms, boost::system::error_code(error::timed_out));
    };
    TrialSpec spec = spec_of("constant", 100, 2000);
    spec.connect_timeout = 5s;
    MemoryNetwork network(clock_, script);
    Worker<VirtualClock, MemoryNetwork> worker(spec, 0, clock_, network,
                                               [&spec] { return std::make_unique<Lines>(spec); });
    worker.open();
    EXPECT_EQ(worker.connections_missing(), 1900U);
    EXPECT_LT(asked, 300U);
}

}  // namespace
}  // namespace contend
