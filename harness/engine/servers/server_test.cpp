// The reference servers end to end: over loopback sockets, with a plain client.
#include "servers/server.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "servers/blocking_client.h"
#include "servers/running_server.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

class ModelServer : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Models, ModelServer, testing::Values("event-loop", "gil-threads"),
                         [](const auto& tested) {
                             return tested.param == std::string_view("event-loop") ? "EventLoop"
                                                                                   : "GilThreads";
                         });

TEST_P(ModelServer, AnswersEachRouteOnOneConnection) {
    const RunningServer server(GetParam(), {{1, parse_handler("cpu=10us,io=10us,pool=10us")}});
    BlockingClient client(server.port());
    EXPECT_EQ(client.get("/").status, 200);
    EXPECT_EQ(client.get("/class/0").status, 200);
    EXPECT_EQ(client.get("/plaintext").body, "Hello, World!");
    EXPECT_EQ(client.get("/json").body, R"({"message":"Hello, World!"})");
    EXPECT_EQ(client.get("/delay/1").body, "1");
    EXPECT_EQ(client.get("/cpu/1").body, "1");
    EXPECT_EQ(client.get("/cpu/abc").status, 404);
    EXPECT_EQ(client.get("/class/1").status, 404);
    client.request("/json", "HEAD");
    EXPECT_NE(client.reply(true).head.find("Content-Length: 27\r\n"), std::string::npos);
    client.send("POST /plaintext HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_EQ(client.reply().body, "Hello, World!");
    EXPECT_EQ(client.get("/plaintext").body, "Hello, World!");
}

TEST_P(ModelServer, AnswersPipelinedRequestsInTheirOrder) {
    const RunningServer server(GetParam());
    BlockingClient client(server.port());
    std::string requests;
    for (const char* path : {"/delay/20", "/plaintext", "/delay/1", "/cpu/1", "/nowhere"}) {
        requests += "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    client.send(requests);
    for (const char* body : {"20", "Hello, World!", "1", "1", "Not Found"}) {
        EXPECT_EQ(client.reply().body, body);
    }
}

TEST_P(ModelServer, ServesConnectionsBesideEachOther) {
    const RunningServer server(GetParam());
    BlockingClient first(server.port());
    BlockingClient second(server.port());
    for (int i = 0; i < 10; ++i) {
        first.request("/plaintext");
        second.request("/json");
        EXPECT_EQ(second.reply().body, R"({"message":"Hello, World!"})");
        EXPECT_EQ(first.reply().body, "Hello, World!");
    }
}

TEST_P(ModelServer, ClosesWhenItIsAskedTo) {
    const RunningServer server(GetParam());
    for (const auto& [request, head] :
         {std::pair("GET /delay/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /ignored",
                    "Connection: close\r\n"),
          std::pair("GET /delay/1 HTTP/1.0\r\n\r\n", "Connection: close\r\n")}) {
        BlockingClient client(server.port());
        client.send(request);
        EXPECT_NE(client.reply().head.find(head), std::string::npos);
        EXPECT_TRUE(client.closed());
    }
}

TEST_P(ModelServer, AnswersWhatCameBeforeTheEnd) {
    const RunningServer server(GetParam());
    BlockingClient client(server.port());
    client.request("/delay/1");
    client.request("/plaintext");
    client.end();
    EXPECT_EQ(client.reply().body, "1");
    EXPECT_EQ(client.reply().body, "Hello, World!");
    EXPECT_TRUE(client.closed());
}

TEST_P(ModelServer, RefusesWhatItCantUnderstand) {
    const RunningServer server(GetParam());
    for (const auto& [garbage, status] :
         {std::pair(std::string("not http\r\n\r\n"), 400),
          std::pair("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'), 431)}) {
        BlockingClient client(server.port());
        client.request("/delay/1");
        client.send(garbage);
        EXPECT_EQ(client.reply().status, 200);
        const auto refusal = client.reply();
        EXPECT_EQ(refusal.status, status);
        EXPECT_NE(refusal.head.find("Connection: close\r\n"), std::string::npos);
    }
    EXPECT_EQ(BlockingClient(server.port()).get("/plaintext").status, 200);
}

TEST_P(ModelServer, WaitsForAClientThatDoesNotTakeItsAnswers) {
    const RunningServer server(GetParam());
    BlockingClient client(server.port(), 4096);
    std::string requests;
    for (int i = 0; i < 1000; ++i) {
        requests += "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    // Until neither side's kernel takes more; what of a request was not taken goes last.
    std::size_t batches = 1;
    std::size_t sent = client.send(requests, MSG_DONTWAIT);
    while (sent == requests.size()) {
        ++batches;
        sent = client.send(requests, MSG_DONTWAIT);
    }
    std::thread rest([&] { client.send(std::string_view(requests).substr(sent)); });
    for (std::size_t i = 0; i < batches * 1000; ++i) {
        ASSERT_EQ(client.reply().body, "Hello, World!");
    }
    rest.join();
    EXPECT_FALSE(client.has_reply());
}

// Each of these would go on for hours, or for ever.
TEST_P(ModelServer, StopsWhateverItDoes) {
    RunningServer server(GetParam(), {{1, parse_handler("pool=10h")}});
    std::vector<BlockingClient> clients;
    for (const char* path : {"/delay/99999", "/cpu/99999", "/", "/", "/", "/", "/", "/"}) {
        clients.emplace_back(server.port()).request(path);
    }
    clients.emplace_back(server.port()).send("GET / HT");
    BlockingClient idle(server.port());
    server.stop();
    for (auto& client : clients) {
        EXPECT_FALSE(client.has_reply());
    }
}

TEST_P(ModelServer, StopsAtOnceWhenNobodyCame) { RunningServer(GetParam()).stop(); }

TEST_P(ModelServer, SurvivesClientsThatVanish) {
    const RunningServer server(GetParam());
    for (int i = 0; i < 20; ++i) {
        BlockingClient client(server.port());
        client.request("/delay/1");
        client.request("/plaintext");
    }
    EXPECT_EQ(BlockingClient(server.port()).get("/plaintext").status, 200);
}

// The loop has met the connection of the first request last: epoll reports one that it has just
// reported before others that became ready since.
TEST(EventLoopServer, ComputesOneAfterTheOther) {
    const RunningServer server("event-loop");
    BlockingClient first(server.port());
    BlockingClient second(server.port());
    second.get("/plaintext");
    first.get("/plaintext");
    first.request("/cpu/20");
    second.request("/plaintext");
    second.reply();
    EXPECT_TRUE(first.has_reply());
}

TEST(EventLoopServer, WaitsForNothingBesideAWait) {
    const RunningServer server("event-loop", {{1, parse_handler("pool=10h")}});
    BlockingClient first(server.port());
    BlockingClient second(server.port());
    BlockingClient third(server.port());
    first.request("/delay/99999");
    second.request("/");
    EXPECT_EQ(third.get("/plaintext").body, "Hello, World!");
    EXPECT_EQ(third.get("/delay/1").body, "1");
    EXPECT_FALSE(first.has_reply());
}

TEST(EventLoopServer, WorksOffWhatItsPoolIsGiven) {
    const RunningServer server("event-loop", {{1, parse_handler("pool=100us,cpu=1us,pool=100us")}},
                               {{"pool", "1"}});
    std::vector<BlockingClient> clients;
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back(server.port()).request("/");
    }
    for (auto& client : clients) {
        EXPECT_EQ(client.reply().status, 200);
    }
}

TEST(EventLoopServer, ClosesConnectionsThatAreIdle) {
    const RunningServer server("event-loop", {}, {{"keep-alive", "1ms"}});
    BlockingClient client(server.port());
    EXPECT_EQ(client.get("/plaintext").status, 200);
    EXPECT_TRUE(client.closed());
}

// The other's computing would go on for a minute and a half.
TEST(GilThreadsServer, AnswersBesideAThreadThatComputes) {
    const RunningServer server("gil-threads", {}, {{"switch-interval", "1ms"}, {"spinners", "1"}});
    BlockingClient first(server.port());
    BlockingClient second(server.port());
    first.request("/cpu/99999");
    EXPECT_EQ(second.get("/plaintext").body, "Hello, World!");
    EXPECT_FALSE(first.has_reply());
}

TEST(NullServer, RepliesAtOnce) {
    const RunningServer server("null");
    BlockingClient client(server.port());
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(client.get("/plaintext").body, "Hello, World!");
        EXPECT_EQ(client.get("/").body, "Hello, World!");
        EXPECT_EQ(client.get("/nowhere").status, 404);
    }
    client.request("/", "HEAD");
    EXPECT_EQ(client.reply(true).status, 200);
    client.send("GET / HT");
    client.send(
        "TP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost");
    EXPECT_EQ(client.reply().status, 200);
    EXPECT_EQ(client.reply().status, 404);
    client.send(": a\r\n\r\n");
    EXPECT_EQ(client.reply().status, 200);
    client.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.reply().status, 200);
    EXPECT_TRUE(client.closed());

    BlockingClient garbage(server.port());
    garbage.send("garbage\r\n\r\n");
    EXPECT_EQ(garbage.reply().status, 400);
    EXPECT_TRUE(garbage.closed());
}

TEST(Servers, DeclareWhatTheyMayBeTold) {
    for (const auto& one : server_kinds()) {
        EXPECT_FALSE(one.summary.empty());
        const ServerOptions options{.parameters = {{"colour", "blue"}},
                                    .on_listening = [](auto) {}};
        EXPECT_THROW(one.serve(options), std::invalid_argument) << one.name;
        const ServerOptions no_backlog{.parameters = {{"backlog", "0"}},
                                       .on_listening = [](auto) {}};
        EXPECT_THROW(one.serve(no_backlog), std::invalid_argument) << one.name;
    }
}

TEST(Servers, SayThatAPortIsTaken) {
    const RunningServer server("null");
    for (const auto& one : server_kinds()) {
        const ServerOptions options{.port = server.port(), .on_listening = [](auto) {}};
        try {
            one.serve(options);
            FAIL() << one.name;
        } catch (const std::system_error& error) {
            EXPECT_EQ(error.code(), std::errc::address_in_use);
        }
    }
}

}  // namespace
}  // namespace contend
