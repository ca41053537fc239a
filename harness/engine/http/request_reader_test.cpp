#include "http/request_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace contend {
namespace {

using State = ReadState;

constexpr std::string_view kGet = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

State parse(std::string_view bytes) {
    RequestReader reader;
    return reader.read(bytes);
}

std::string with_header(std::string_view line) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\n\r\n";
}

TEST(RequestReader, ReadsARequest) {
    RequestReader reader;
    EXPECT_FALSE(reader.started());
    EXPECT_EQ(reader.read(kGet), State::kComplete);
    EXPECT_TRUE(reader.started());
    EXPECT_EQ(reader.consumed(), kGet.size());
    EXPECT_EQ(reader.head().path(), "/plaintext");
    EXPECT_TRUE(reader.keep_alive());
    EXPECT_FALSE(reader.head().is_head());
    EXPECT_FALSE(reader.http_1_0());
}

TEST(RequestReader, TakesPiecesOfAnySize) {
    const std::string bytes =
        "POST /a?b=c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n";
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        RequestReader reader;
        for (std::size_t at = 0; at < bytes.size(); at += size) {
            const auto piece = std::string_view(bytes).substr(at, size);
            const bool last = at + size >= bytes.size();
            ASSERT_EQ(reader.read(piece), last ? State::kComplete : State::kIncomplete) << at;
            ASSERT_EQ(reader.consumed(), piece.size());
        }
        EXPECT_EQ(reader.head().path(), "/a");
    }
}

TEST(RequestReader, StopsBehindEachOfPipelinedRequests) {
    const std::string bytes =
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
        "HEAD /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        "\r\nGET /3 HTTP/1.0\r\n\r\n"
        "GET /4 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
    RequestReader reader;
    std::string_view rest = bytes;
    std::vector<std::string> seen;
    while (!rest.empty()) {
        reader.begin();
        ASSERT_EQ(reader.read(rest), State::kComplete);
        rest.remove_prefix(reader.consumed());
        seen.push_back(std::string(reader.head().path()) +
                       (reader.head().is_head() ? " head" : "") +
                       (reader.http_1_0() ? " 1.0" : "") + (reader.keep_alive() ? " keep" : ""));
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"/1 keep", "/2 head", "/3 1.0", "/4 1.0 keep"}));
}

TEST(RequestReader, CloseWinsOverKeepAlive) {
    RequestReader reader;
    ASSERT_EQ(reader.read(with_header("Connection: keep-alive, close")), State::kComplete);
    EXPECT_FALSE(reader.keep_alive());
}

TEST(RequestReader, TakesAWholeUrlAsItsTarget) {
    for (const auto& [target, path] :
         {std::pair("http://a:80/json?x", "/json"), std::pair("http://a", "/"),
          std::pair("http://a?x=/y", "/"), std::pair("/?x=/y", "/"), std::pair("//x", "//x")}) {
        RequestReader reader;
        const std::string bytes = "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        ASSERT_EQ(reader.read(bytes), State::kComplete) << target;
        EXPECT_EQ(reader.head().path(), path);
    }
}

TEST(RequestReader, RefusesWhatIsMalformed) {
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

TEST(RequestReader, TakesChunkExtensionsBehindSpace) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(parse(head + "2 \t;x\r\nab\r\n0 \r\n\r\n"), State::kComplete);
    EXPECT_EQ(parse(head + " 2\r\nab\r\n0\r\n\r\n"), State::kMalformed);
}

TEST(RequestReader, RefusesMalformedChunks) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string_view body : {"x\r\n", "-1\r\n", "\r\n", "10000000000000000\r\n",
                                        "1\r\nab\r\n", "1\r\na\n", "0\r\nnot a trailer\r\n"}) {
        EXPECT_EQ(parse(head + std::string(body)), State::kMalformed) << body;
    }
}

TEST(RequestReader, LimitsTheHead) {
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    const std::string fits(RequestHead::kLongest - start.size() - 4, 'x');
    EXPECT_EQ(parse(start + fits + "\r\n\r\n"), State::kComplete);
    EXPECT_EQ(parse(start + fits + "x\r\n\r\n"), State::kTooLong);
    // It need not end for that, and may come in pieces.
    RequestReader reader;
    for (std::size_t i = 0; i < RequestHead::kLongest; ++i) {
        ASSERT_EQ(reader.read("G"), State::kIncomplete);
    }
    EXPECT_EQ(reader.read("G"), State::kTooLong);
}

TEST(RequestReader, LimitsChunkLinesButNotBodies) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string body;
    for (int i = 0; i < 10'000; ++i) {
        body += "2\r\nab\r\n";
    }
    EXPECT_EQ(parse(head + body + "0\r\n\r\n"), State::kComplete);
    EXPECT_EQ(parse(head + "2;" + std::string(RequestHead::kLongest, 'x')), State::kTooLong);
    EXPECT_EQ(parse(head + "0\r\nX: " + std::string(RequestHead::kLongest, 'x')), State::kTooLong);
}

}  // namespace
}  // namespace contend
