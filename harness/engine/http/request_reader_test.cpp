#include "http/request_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace contend {
namespace {

using State = RequestParser::State;

constexpr std::string_view kGet = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

State parse(std::string_view bytes) {
    RequestParser parser;
    return parser.parse(bytes);
}

std::string with_header(std::string_view line) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\n\r\n";
}

TEST(RequestParser, ReadsARequest) {
    RequestParser parser;
    EXPECT_FALSE(parser.started());
    EXPECT_EQ(parser.parse(kGet), State::kComplete);
    EXPECT_TRUE(parser.started());
    EXPECT_EQ(parser.consumed(), kGet.size());
    EXPECT_EQ(parser.path(), "/plaintext");
    EXPECT_TRUE(parser.keep_alive());
    EXPECT_FALSE(parser.is_head());
    EXPECT_FALSE(parser.http_1_0());
}

TEST(RequestParser, TakesPiecesOfAnySize) {
    const std::string bytes =
        "POST /a?b=c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n";
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        RequestParser parser;
        for (std::size_t at = 0; at < bytes.size(); at += size) {
            const auto piece = std::string_view(bytes).substr(at, size);
            const bool last = at + size >= bytes.size();
            ASSERT_EQ(parser.parse(piece), last ? State::kComplete : State::kIncomplete) << at;
            ASSERT_EQ(parser.consumed(), piece.size());
        }
        EXPECT_EQ(parser.path(), "/a");
    }
}

TEST(RequestParser, StopsBehindEachOfPipelinedRequests) {
    const std::string bytes =
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
        "HEAD /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        "\r\nGET /3 HTTP/1.0\r\n\r\n"
        "GET /4 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
    RequestParser parser;
    std::string_view rest = bytes;
    std::vector<std::string> seen;
    while (!rest.empty()) {
        parser.begin();
        ASSERT_EQ(parser.parse(rest), State::kComplete);
        rest.remove_prefix(parser.consumed());
        seen.push_back(std::string(parser.path()) + (parser.is_head() ? " head" : "") +
                       (parser.http_1_0() ? " 1.0" : "") + (parser.keep_alive() ? " keep" : ""));
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"/1 keep", "/2 head", "/3 1.0", "/4 1.0 keep"}));
}

TEST(RequestParser, CloseWinsOverKeepAlive) {
    RequestParser parser;
    ASSERT_EQ(parser.parse(with_header("Connection: keep-alive, close")), State::kComplete);
    EXPECT_FALSE(parser.keep_alive());
}

TEST(RequestParser, TakesAWholeUrlAsItsTarget) {
    for (const auto& [target, path] :
         {std::pair("http://a:80/json?x", "/json"), std::pair("http://a", "/"),
          std::pair("http://a?x=/y", "/"), std::pair("/?x=/y", "/"), std::pair("//x", "//x")}) {
        RequestParser parser;
        const std::string bytes = "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        ASSERT_EQ(parser.parse(bytes), State::kComplete) << target;
        EXPECT_EQ(parser.path(), path);
    }
}

TEST(RequestParser, RefusesWhatIsMalformed) {
    for (const std::string_view line :
         {"GET / HTTP/2.0", "GET / HTTP/1.2", "GET /", "GET", "/", "GET  / HTTP/1.1",
          "GET / a HTTP/1.1", "GET http://a b/ HTTP/1.1", "GET /\tHTTP/1.1", "GET x HTTP/1.1",
          "GET * HTTP/1.1", "G@T / HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET HTTP/1.1",
          "HTTP/1.1", "GET / http/1.1", "\x16\x03\x01\x02"}) {
        EXPECT_EQ(parse(std::string(line) + "\r\nHost: a\r\n\r\n"), State::kMalformed) << line;
    }
    for (const std::string_view line :
         {"Host: b", "no colon", ": no name", "Sp ace: x", "Space : x", " folded: x",
          "Control: \x01", "Bare: \r x", "Bare: \n x", "Content-Length: -1", "Content-Length: 1x",
          "Content-Length:", "Content-Length: 99999999999999999999",
          "Content-Length: 1\r\nContent-Length: 1", "Content-Length: 1, 1",
          "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
          "Transfer-Encoding: chunked\r\nContent-Length: 1"}) {
        EXPECT_EQ(parse(with_header(line)), State::kMalformed) << line;
    }
    EXPECT_EQ(parse("GET / HTTP/1.1\r\n\r\n"), State::kMalformed);  // no Host
    EXPECT_EQ(parse("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), State::kMalformed);
    EXPECT_EQ(parse("GET / HTTP/1.1\nHost: a\n\n"), State::kMalformed);
}

TEST(RequestParser, TakesChunkExtensionsBehindSpace) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(parse(head + "2 \t;x\r\nab\r\n0 \r\n\r\n"), State::kComplete);
    EXPECT_EQ(parse(head + " 2\r\nab\r\n0\r\n\r\n"), State::kMalformed);
}

TEST(RequestParser, RefusesMalformedChunks) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string_view body : {"x\r\n", "-1\r\n", "\r\n", "10000000000000000\r\n",
                                        "1\r\nab\r\n", "1\r\na\n", "0\r\nnot a trailer\r\n"}) {
        EXPECT_EQ(parse(head + std::string(body)), State::kMalformed) << body;
    }
}

TEST(RequestParser, LimitsTheHead) {
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    const std::string fits(RequestParser::kMaxHead - start.size() - 4, 'x');
    EXPECT_EQ(parse(start + fits + "\r\n\r\n"), State::kComplete);
    EXPECT_EQ(parse(start + fits + "x\r\n\r\n"), State::kTooLong);
    // It need not end for that, and may come in pieces.
    RequestParser parser;
    for (std::size_t i = 0; i < RequestParser::kMaxHead; ++i) {
        ASSERT_EQ(parser.parse("G"), State::kIncomplete);
    }
    EXPECT_EQ(parser.parse("G"), State::kTooLong);
}

TEST(RequestParser, LimitsChunkLinesButNotBodies) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string body;
    for (int i = 0; i < 10'000; ++i) {
        body += "2\r\nab\r\n";
    }
    EXPECT_EQ(parse(head + body + "0\r\n\r\n"), State::kComplete);
    EXPECT_EQ(parse(head + "2;" + std::string(RequestParser::kMaxHead, 'x')), State::kTooLong);
    EXPECT_EQ(parse(head + "0\r\nX: " + std::string(RequestParser::kMaxHead, 'x')),
              State::kTooLong);
}

}  // namespace
}  // namespace contend
