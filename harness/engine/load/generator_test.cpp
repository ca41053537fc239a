#include "load/generator.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <numeric>
#include <string>
#include <system_error>
#include <thread>

#include "load/tiny_server.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHello = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

TrialSpec spec_for(std::uint16_t port) {
    TrialSpec spec;
    spec.address = "127.0.0.1";
    spec.host = "127.0.0.1";
    spec.port = port;
    spec.classes.push_back({.name = "all", .expect_status = 200, .expect_body = "hi"});
    spec.connections = 4;
    spec.warmup = 10ms;
    spec.max_requests = 400;
    return spec;
}

TEST(RunTrial, MeasuresARealServer) {
    const TinyServer server{std::string(kHello)};
    for (const std::size_t threads : {1U, 2U}) {
        TrialSpec spec = spec_for(server.port());
        spec.threads = threads;
        spec.server_pid = ::getpid();
        const TrialResult result = run_trial(spec);
        EXPECT_EQ(result.requests.scheduled, 400U);
        EXPECT_EQ(result.requests[Outcome::kOk], 400U);
        EXPECT_EQ(result.latency.count(), 400U);
        EXPECT_EQ(result.connections_opened, 4U);
        EXPECT_GE(result.bytes_received, 400U);
        EXPECT_GT(result.generator_cpu, 0ns);
        ASSERT_TRUE(result.server.has_value());
    }
}

TEST(RunTrial, RunsTheOpenLoopWithEveryPacing) {
    const TinyServer server{std::string(kHello)};
    for (const auto pacing : {Pacing::kSleep, Pacing::kSpin, Pacing::kBusy}) {
        TrialSpec spec = spec_for(server.port());
        spec.arrivals = "constant";
        spec.rate_per_s = 2000;
        spec.max_requests = 100;
        spec.pacing = pacing;
        const TrialResult result = run_trial(spec);
        EXPECT_EQ(result.requests[Outcome::kOk], 100U);
        EXPECT_EQ(result.send_lag.count(), 100U);
        EXPECT_TRUE(result.kernel_stamps);
        EXPECT_LE(result.receive_lag.count(), 100U);
    }
}

TEST(RunTrial, CountsWhatFailsByItsCause) {
    const TinyServer wrong(std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"));
    const TrialResult result = run_trial(spec_for(wrong.port()));
    EXPECT_EQ(result.requests[Outcome::kValidation], 400U);
    const TinyServer garbage(std::string("SSH-2.0-OpenSSH_9.2\r\n"));
    EXPECT_EQ(run_trial(spec_for(garbage.port())).requests[Outcome::kProtocol], 400U);
}

TEST(RunTrial, StopsWhenItsProgressSaysSo) {
    const TinyServer server{std::string(kHello)};
    TrialSpec spec = spec_for(server.port());
    spec.max_requests = 0;
    spec.duration = 1h;
    std::string phases;
    const TrialResult result = run_trial(spec, [&](const Progress& progress) {
        phases += progress.phase;
        return progress.phase != "measure" || progress.completed == 0;
    });
    EXPECT_TRUE(result.stopped);
    EXPECT_GT(result.duration, 0ns);
    EXPECT_LT(result.duration, 1h);
    EXPECT_EQ(result.requests[Outcome::kOk], result.requests.scheduled);
}

std::uint64_t latencies_in(const LatencySeries& series) {
    return std::accumulate(series.counts.begin(), series.counts.end(), std::uint64_t{0});
}

TEST(RunTrial, KeepsTheOrderOfLatenciesOverAllThreads) {
    const TinyServer server{std::string(kHello)};
    TrialSpec spec = spec_for(server.port());
    spec.max_requests = 0;
    spec.duration = 200ms;
    spec.threads = 2;
    const TrialResult result = run_trial(spec);
    EXPECT_EQ(result.latency_series.width, 10ms);
    EXPECT_EQ(result.latency_series.size, 20U);
    // What ended after the measured time is in the figures, and in no sub-batch.
    EXPECT_LE(latencies_in(result.latency_series), result.latency.count());
    EXPECT_GE(latencies_in(result.latency_series) + spec.connections, result.latency.count());
}

TEST(RunTrial, TellsTheLatenciesSoFarAtItsLooks) {
    const TinyServer server{std::string(kHello)};
    TrialSpec spec = spec_for(server.port());
    spec.max_requests = 0;
    spec.duration = 1h;
    spec.threads = 2;
    spec.looks = {50ms, 100ms, 150ms};
    std::size_t looks = 0;
    std::uint64_t so_far = 0;
    const TrialResult result = run_trial(spec, [&](const Progress& progress) {
        if (!progress.latency_series) {
            return true;
        }
        ++looks;
        EXPECT_EQ(progress.phase, "measure");
        EXPECT_GE(progress.elapsed, spec.looks.front());
        EXPECT_GE(latencies_in(*progress.latency_series), so_far);
        so_far = latencies_in(*progress.latency_series);
        return progress.elapsed < spec.looks.back();
    });
    EXPECT_TRUE(result.stopped);
    EXPECT_GE(looks, 1U);
    EXPECT_LE(looks, spec.looks.size());
    EXPECT_LE(so_far, latencies_in(result.latency_series));
}

TEST(RunTrial, AnErrorOfTheProgressCallbackEndsTheTrialAndIsThrown) {
    const TinyServer server{std::string(kHello)};
    TrialSpec spec = spec_for(server.port());
    spec.max_requests = 0;
    spec.duration = 1h;
    EXPECT_THROW(run_trial(spec, [](const Progress&) -> bool { throw std::runtime_error("x"); }),
                 std::runtime_error);
}

TEST(RunTrial, AnErrorOfTheProgressCallbackEndsTheDrainToo) {
    const TinyServer silent{std::string()};
    TrialSpec spec = spec_for(silent.port());
    spec.max_requests = 0;
    spec.duration = 1h;
    spec.timeout = 1h;
    bool was_asked = false;
    EXPECT_THROW(run_trial(spec,
                           [&](const Progress& progress) -> bool {
                               if (progress.phase == "drain") {
                                   throw std::runtime_error("x");
                               }
                               was_asked |= progress.phase == "measure";
                               return !was_asked;
                           }),
                 std::runtime_error);
}

TEST(RunTrial, RefusesWhatCanNotBeRun) {
    const auto refused = [](auto change) {
        TrialSpec spec = spec_for(1);
        change(spec);
        EXPECT_THROW(run_trial(spec), std::invalid_argument);
    };
    refused([](TrialSpec& spec) { spec.classes.clear(); });
    refused([](TrialSpec& spec) { spec.threads = 0; });
    refused([](TrialSpec& spec) { spec.threads = 5; });
    refused([](TrialSpec& spec) { spec.arrivals = "sometimes"; });
    refused([](TrialSpec& spec) { spec.arrivals = "constant", spec.rate_per_s = 0; });
    refused([](TrialSpec& spec) { spec.protocol = "gopher"; });
    refused([](TrialSpec& spec) { spec.timeout = 0ns; });
    TrialSpec spec = spec_for(1);
    spec.server_pid = 4'194'305;
    EXPECT_THROW(run_trial(spec), std::system_error);
    spec.server_pid = 0;
    spec.cpus = {1'000'000};
    EXPECT_THROW(run_trial(spec), std::system_error);
}

}  // namespace
}  // namespace contend
