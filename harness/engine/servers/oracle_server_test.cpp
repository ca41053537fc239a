// The oracle over loopback sockets. Its times are far apart, so that no machine is too busy.
#include "servers/oracle_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "servers/blocking_client.h"
#include "servers/running_server.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

struct Entry {
    std::int64_t intended;
    std::int64_t done;
    std::int64_t received;
    std::int64_t replied;
};

std::vector<Entry> log_of(const RunningServer& server) {
    const std::string bytes = BlockingClient(server.port()).get("/log").body;
    std::vector<Entry> entries(bytes.size() / sizeof(Entry));
    std::memcpy(entries.data(), bytes.data(), entries.size() * sizeof(Entry));
    return entries;
}

std::int64_t now_ns() { return SteadyClock().now().time_since_epoch().count(); }

std::string at(std::int64_t intended) { return "/at/" + std::to_string(intended); }

TEST(OracleServer, RepliesWhenTheQueueWouldAndKnowsWhen) {
    const RunningServer server("oracle", {}, {{"service", "5ms"}});
    BlockingClient first(server.port());
    BlockingClient second(server.port());
    const std::int64_t intended = now_ns();
    first.request(at(intended));
    second.request(at(intended + 1'000'000));
    EXPECT_EQ(first.reply().status, 200);
    EXPECT_EQ(second.reply().status, 200);
    EXPECT_GE(now_ns(), intended + 10'000'000);
    const auto log = log_of(server);
    ASSERT_EQ(log.size(), 2U);
    // Whichever of the two was heard first.
    EXPECT_EQ(log[0].done, log[0].intended + 5'000'000);
    EXPECT_EQ(log[1].done, std::max(log[0].done, log[1].intended) + 5'000'000);
    for (const Entry& entry : log) {
        EXPECT_GE(entry.replied, entry.done);
        EXPECT_GE(entry.received, intended);
    }
}

TEST(OracleServer, CountsFromTheIntendedTimeHoweverLateARequestComes) {
    const RunningServer server("oracle", {}, {{"service", "1ms"}});
    BlockingClient client(server.port());
    // Half of what the clock has counted: an hour back is before a fresh machine's start.
    const std::int64_t intended = now_ns() / 2;
    EXPECT_EQ(client.get(at(intended)).status, 200);
    EXPECT_EQ(client.get("/").status, 200);
    const auto log = log_of(server);
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0].intended, intended);
    EXPECT_EQ(log[0].done, intended + 1'000'000);
    EXPECT_EQ(log[1].intended, log[1].received);
}

// A client and an oracle of one seed, which is the default of both, must not draw from one stream:
// each service would be as long as the gap before it, and the queue another than it is called.
TEST(OracleServer, ItsServiceTimesKnowNothingOfTheClientsGaps) {
    const RunningServer server("oracle", {}, {{"service", "exp(1ms)"}});
    BlockingClient client(server.port());
    constexpr int kRequests = 400;
    const std::int64_t begin = now_ns() / 2;
    for (int i = 0; i < kRequests; ++i) {
        ASSERT_EQ(client.get(at(begin + i * 1'000'000'000LL / 100)).status, 200);
    }
    Random gaps(1);  // as arrivals/poisson.cpp draws them
    double product = 0;
    for (const Entry& entry : log_of(server)) {
        const double service = static_cast<double>(entry.done - entry.intended) * 1e-6;
        product += (service - 1) * (gaps.exponential() - 1);
    }
    EXPECT_LT(std::abs(product / kRequests), 0.25);  // 5 standard errors; 1 in one stream
}

TEST(OracleServer, RefusesBeyondItsLimitAtOnce) {
    const RunningServer server("oracle", {}, {{"service", "1h"}, {"limit", "1"}});
    BlockingClient first(server.port());
    EXPECT_EQ(first.get("/nowhere").status, 404);  // so that it is heard before who comes now
    first.request("/");
    EXPECT_EQ(BlockingClient(server.port()).get("/").status, 503);
    const auto log = log_of(server);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].done, 0);
    EXPECT_GE(log[0].replied, log[0].received);
    EXPECT_FALSE(first.has_reply());
}

TEST(OracleServer, AnswersPipelinedRequestsOneAfterTheOther) {
    const RunningServer server("oracle", {}, {{"service", "1ms"}, {"servers", "8"}});
    BlockingClient client(server.port());
    std::string requests;
    for (int i = 0; i < 5; ++i) {
        requests += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    client.send(requests + "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\nGET /at/x HTTP/1.1\r\n");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(client.reply().status, 200);
    }
    EXPECT_EQ(client.reply().status, 404);
    client.send("Host: a\r\n\r\n");
    EXPECT_EQ(client.reply().status, 404);
    client.send("garbage\r\n\r\n");
    EXPECT_EQ(client.reply().status, 400);
    EXPECT_TRUE(client.closed());
}

TEST(OracleServer, GivesALogOfAnySizeAndNoMoreThanItKeeps) {
    const RunningServer server("oracle", {}, {{"service", "0s"}, {"log", "20000"}});
    BlockingClient client(server.port());
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        requests += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    for (int batch = 0; batch < 201; ++batch) {
        client.send(requests);
        for (int i = 0; i < 100; ++i) {
            ASSERT_EQ(client.reply().status, 200);
        }
    }
    EXPECT_EQ(log_of(server).size(), 20'000U);
    EXPECT_EQ(BlockingClient(server.port(), 4096).get("/log").body.size(), 20'000 * sizeof(Entry));
    EXPECT_EQ(client.get("/gaps").body.size() % 16, 0U);
}

// The log is more than the kernel takes at once: what is asked for behind it must wait for its end.
TEST(OracleServer, PutsNoReplyIntoALogThatIsOnItsWay) {
    const RunningServer server("oracle", {}, {{"service", "0s"}, {"log", "20000"}});
    BlockingClient writer(server.port());
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        requests += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    for (int batch = 0; batch < 200; ++batch) {
        writer.send(requests);
        for (int i = 0; i < 100; ++i) {
            ASSERT_EQ(writer.reply().status, 200);
        }
    }
    BlockingClient reader(server.port(), 4096);
    reader.send(
        "GET /log HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string log = reader.reply().body;
    EXPECT_EQ(log, BlockingClient(server.port()).get("/log").body);
    EXPECT_EQ(reader.reply().status, 404);
    EXPECT_EQ(reader.reply().status, 200);
}

TEST(OracleServer, KeepsNoLogWhereNoneIsWanted) {
    const RunningServer server("oracle", {}, {{"service", "0s"}, {"log", "0"}});
    BlockingClient client(server.port());
    EXPECT_EQ(client.get("/").status, 200);
    EXPECT_EQ(client.get("/log").body, "");
    client.request("/at/9223372036854775807");  // never
    EXPECT_FALSE(client.has_reply());
}

TEST(OracleServer, StopsWhateverIsLeftToReply) {
    RunningServer server("oracle", {}, {{"service", "1h"}});
    BlockingClient client(server.port());
    client.request("/");
    BlockingClient idle(server.port());
    server.stop();
    EXPECT_FALSE(client.has_reply());
}

TEST(OracleServer, RefusesRulesThatMakeNoSense) {
    for (const GivenParameters& given :
         {GivenParameters{{"service", "gamma(1ms)"}}, GivenParameters{{"servers", "0"}},
          GivenParameters{{"frozen", "1s"}}, GivenParameters{{"period", "0s"}},
          GivenParameters{{"frozen", "-1s"}}}) {
        const ServerOptions options{.parameters = given, .on_listening = [](auto) {}};
        EXPECT_THROW(kind("oracle").serve(options), std::invalid_argument);
    }
}

}  // namespace
}  // namespace contend
