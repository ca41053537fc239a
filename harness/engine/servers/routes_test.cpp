#include "servers/routes.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace contend {
namespace {

using namespace std::chrono_literals;

Routes two_classes() {
    return Routes(Mix({{3, parse_handler("cpu=2ms,io=10ms")}, {1, parse_handler("cpu=100ms")}}));
}

TEST(Routes, AnswerAsTheContractsSay) {
    const Routes routes = two_classes();
    Random random(1);
    EXPECT_EQ(routes.find("/plaintext", random).response.body, "Hello, World!");
    const Route json = routes.find("/json", random);
    EXPECT_EQ(json.response.body, R"({"message":"Hello, World!"})");
    EXPECT_EQ(json.response.content_type, "application/json");
    for (const auto& [path, kind] :
         {std::pair("/delay/10", StepKind::kIo), std::pair("/cpu/10", StepKind::kCpu)}) {
        const Route route = routes.find(path, random);
        EXPECT_EQ(route.response.body, "10");
        ASSERT_TRUE(route.step.has_value());
        EXPECT_EQ(route.step->kind, kind);
        EXPECT_EQ(route.step->duration.sample(random), 10ms);
    }
}

TEST(Routes, KnowNothingElse) {
    const Routes routes = two_classes();
    Random random(1);
    for (const char* path :
         {"/nowhere", "/json/nowhere", "/plaintext/", "/delay/abc", "/delay/-1", "/delay/+1",
          "/delay/", "/delay/1.5", "/delay/123456", "/cpu/abc", "/cpu/1/", "/class/", "/class/2",
          "/class/x", "/class/-1", "/class/18446744073709551616", ""}) {
        EXPECT_EQ(routes.find(path, random).response.status, 404) << path;
    }
}

TEST(Routes, GiveEachClassItsHandler) {
    const Routes routes = two_classes();
    Random random(1);
    EXPECT_EQ(routes.find("/class/0", random).handler->size(), 2U);
    EXPECT_EQ(routes.find("/class/1", random).handler->size(), 1U);
    int heavy = 0;
    for (int i = 0; i < 10'000; ++i) {
        heavy += routes.find("/", random).handler->size() == 1 ? 1 : 0;
    }
    EXPECT_NEAR(heavy, 2500, 200);  // 4.6 standard deviations, and the seed is fixed
}

TEST(Routes, RunTheFixedStepsOfWhatHasNoneOfItsOwn) {
    const Routes routes(Mix({}), parse_handler("cpu=1ms"));
    Random random(1);
    EXPECT_EQ(routes.find("/plaintext", random).handler->size(), 1U);
    EXPECT_EQ(routes.find("/json", random).handler->size(), 1U);
    EXPECT_EQ(routes.find("/", random).handler->size(), 0U);
}

TEST(Response, SaysItsLengthAndWhatBecomesOfTheConnection) {
    std::string bytes;
    append_response(bytes, {.body = "hi"}, {});
    EXPECT_EQ(bytes, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
    bytes.clear();
    append_response(bytes, {.status = 404, .body = "no"}, {.keep_alive = false, .to_head = true});
    EXPECT_EQ(bytes,
              "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
              "Connection: close\r\n\r\n");
    bytes.clear();
    append_response(bytes, {}, {.http_1_0 = true});
    EXPECT_NE(bytes.find("\r\nConnection: keep-alive\r\n"), std::string::npos);
}

}  // namespace
}  // namespace contend
