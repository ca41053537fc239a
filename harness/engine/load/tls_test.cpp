// Trials over TLS, against a server in memory.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

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

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// What the server does once it has heard the n-th request (from 1) of all.
using Answer = std::function<void(int n, const Peer&, Side&)>;

void answer_rightly(int /*n*/, const Peer& peer, Side& side) {
    side.say(kHello);
    peer.reply(1ms, side.to_send());
}

class Tls : public testing::Test {
   protected:
    Tls() : certificate_("localhost"), server_(certificate_) {
        spec_.host = "localhost";
        spec_.classes.push_back({.name = "all", .expect_body = "hello"});
        spec_.arrivals = "constant";
        spec_.rate_per_s = 100;
        spec_.connections = 4;
        spec_.warmup = 0s;
        spec_.duration = 2s;
        spec_.timeout = 500ms;
        spec_.connect_timeout = 200ms;
        spec_.tls = TlsOptions{.server_name = "localhost", .ca_file = certificate_.file()};
    }

    // `piece`: bytes that come at a time.
    TrialResult run(const Answer& answer, std::size_t piece = std::string::npos) {
        VirtualClock clock;
        std::map<std::uint64_t, std::unique_ptr<Side>> sides;
        int asked = 0;
        MemoryNetwork::Script script;
        script.on_bytes = [&](const Peer& peer, std::string_view bytes) {
            auto& side = sides[peer.connection()];
            if (side == nullptr) {
                side = std::make_unique<Side>(server_);
            }
            const std::string request = side->hear(bytes);
            std::string reply = side->to_send();
            for (std::size_t at = 0; at < reply.size(); at += std::min(piece, reply.size())) {
                peer.reply(10us, reply.substr(at, piece));
            }
            if (!request.empty()) {
                EXPECT_TRUE(request.ends_with("\r\n\r\n"));
                answer(++asked, peer, *side);
            }
        };
        Network network(*spec_.tls, clock, script);
        Worker<VirtualClock, Network> worker(spec_, 0, clock, network, prepare_sessions(spec_));
        worker.open();
        worker.run(clock.now() + 10ms);
        TrialResult result;
        result.duration = worker.measured_for();
        Recorder::lay_out(spec_, result.duration, result);
        worker.recorder().add_to(result);
        EXPECT_TRUE(result.requests.conserved());
        EXPECT_EQ(result.requests.scheduled, 200U);
        return result;
    }

    TestCertificate certificate_;
    TestTlsServer server_;
    TrialSpec spec_;
};

TEST_F(Tls, ARequestAndItsResponseAreThoseOfAPlainConnection) {
    const auto result = run(answer_rightly);
    EXPECT_EQ(result.requests[Outcome::kOk], 200U);
    EXPECT_EQ(result.connections_opened, 4U);
    EXPECT_EQ(result.handshake_time.count(), 4U);
    EXPECT_EQ(result.handshakes_resumed, 0U);
    EXPECT_NEAR(static_cast<double>(result.latency.max().count()), 1e6, 1e4);
}

TEST_F(Tls, RecordsComeInPieces) {
    for (const std::size_t piece : {1U, 7U, 100U}) {
        EXPECT_EQ(run(
                      [piece](int, const Peer& peer, Side& side) {
                          side.say(kHello);
                          const std::string record = side.to_send();
                          for (std::size_t at = 0; at < record.size(); at += piece) {
                              peer.reply(1ms, record.substr(at, piece));
                          }
                      },
                      piece)
                      .requests[Outcome::kOk],
                  200U)
            << piece;
    }
}

TEST_F(Tls, AnotherNamesCertificateIsNone) {
    spec_.tls->server_name = "example.org";
    const auto result = run(answer_rightly);
    EXPECT_EQ(result.requests[Outcome::kConnect], 200U);
    EXPECT_EQ(result.handshake_time.count(), 0U);
}

TEST_F(Tls, ACertificateThatNobodyVouchesForIsNone) {
    const TestCertificate other("localhost");
    spec_.tls->ca_file = other.file();
    EXPECT_EQ(run(answer_rightly).requests[Outcome::kConnect], 200U);
    spec_.tls->verifies = false;
    EXPECT_EQ(run(answer_rightly).requests[Outcome::kOk], 200U);
}

TEST_F(Tls, NoFileOfCertificatesIsNone) {
    VirtualClock clock;
    EXPECT_THROW(Network(TlsOptions{.server_name = "a", .ca_file = "/nowhere"}, clock,
                         MemoryNetwork::Script{}),
                 std::invalid_argument);
}

TEST_F(Tls, ConnectionsAfterTheFirstResumeItsSessionWhereTheyAreAskedTo) {
    spec_.keep_alive = false;
    spec_.tls->resumes = true;
    const auto result = run(answer_rightly);
    EXPECT_EQ(result.requests[Outcome::kOk], 200U);
    EXPECT_GE(result.handshake_time.count(), 200U);
    EXPECT_GE(result.handshakes_resumed, 190U);
}

TEST_F(Tls, ARecordThatWasChangedIsAFailureOfTheProtocol) {
    const auto result = run([](int n, const Peer& peer, Side& side) {
        side.say(kHello);
        std::string record = side.to_send();
        char& changed = record[record.size() - 3];
        changed = static_cast<char>(n % 10 == 0 ? ~changed : changed);
        peer.reply(1ms, record);
    });
    EXPECT_EQ(result.requests[Outcome::kProtocol], 20U);
    EXPECT_EQ(result.requests[Outcome::kOk], 180U);
}

TEST_F(Tls, AnEndThatWasNotAnnouncedIsAReset) {
    static constexpr std::string_view kUntilClose = "HTTP/1.1 200 OK\r\n\r\nhello";
    const auto ended = [](bool is_announced) {
        return [is_announced](int, const Peer& peer, Side& side) {
            side.say(kUntilClose);
            if (is_announced) {
                side.close();
            }
            peer.reply(1ms, side.to_send());
            peer.close(2ms);
        };
    };
    EXPECT_EQ(run(ended(true)).requests[Outcome::kOk], 200U);
    EXPECT_EQ(run(ended(false)).requests[Outcome::kReset], 200U);
}

TEST_F(Tls, ARecordThatIsCutOffIsAReset) {
    const auto result = run([](int, const Peer& peer, Side& side) {
        side.say(kHello);
        peer.reply(1ms, side.to_send().substr(0, 20));
        peer.close(2ms);
    });
    EXPECT_EQ(result.requests[Outcome::kReset], 200U);
}

TEST_F(Tls, AConnectionThatEndsBetweenRequestsCostsNothing) {
    const auto result = run([](int, const Peer& peer, Side& side) {
        side.say(kHello);
        side.close();
        peer.reply(1ms, side.to_send());
        peer.close(2ms);
    });
    EXPECT_EQ(result.requests[Outcome::kOk], 200U);
}

TEST_F(Tls, WhatKeysChangeToGoesOn) {
    // A new key of the server's, asked for of the client too, before each response.
    const auto result = run([](int, const Peer& peer, Side& side) {
        side.change_key();
        side.say(kHello);
        peer.reply(1ms, side.to_send());
    });
    EXPECT_EQ(result.requests[Outcome::kOk], 200U);
    EXPECT_EQ(result.connections_opened, 4U);
}

TEST(TlsHandshake, OneThatStallsIsNoConnection) {
    const TestCertificate certificate("localhost");
    TrialSpec spec;
    spec.host = "localhost";
    spec.classes.push_back({.name = "all"});
    spec.arrivals = "constant";
    spec.rate_per_s = 10;
    spec.connections = 1;
    spec.warmup = 0s;
    spec.duration = 1s;
    spec.connect_timeout = 50ms;
    spec.tls = TlsOptions{.server_name = "localhost", .ca_file = certificate.file()};
    for (const bool answers : {false, true}) {
        VirtualClock clock;
        MemoryNetwork::Script script;
        script.on_bytes = [answers](const Peer& peer, std::string_view) {
            if (answers) {  // by what is no TLS
                peer.reply(1ms, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            }
        };
        Network network(*spec.tls, clock, script);
        Worker<VirtualClock, Network> worker(spec, 0, clock, network, prepare_sessions(spec));
        worker.open();
        worker.run(clock.now() + 10ms);
        TrialResult result;
        Recorder::lay_out(spec, worker.measured_for(), result);
        worker.recorder().add_to(result);
        EXPECT_EQ(result.requests[Outcome::kConnect], 10U);
    }
}

}  // namespace
}  // namespace contend
