#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "exchange/talk.h"
#include "http/response_reader.h"

namespace contend {
namespace {

using namespace std::string_literals;

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

TrialSpec spec_of(RequestClass request = {}) {
    TrialSpec spec;
    spec.host = "localhost:8080";
    spec.classes.push_back(std::move(request));
    return spec;
}

// Feeds the pieces one after the other, and then the end of the stream if `closed`.
Heard hear(const TrialSpec& spec, const std::vector<std::string_view>& pieces, bool closed) {
    Talk talk(spec);
    talk.begin();
    Heard heard;
    for (const auto piece : pieces) {
        if (piece.empty()) {
            continue;
        }
        if (heard.complete) {
            // What comes behind a whole response makes it overlong; on the wire it may come
            // too late for that, and then only costs the connection.
            return {.complete = true, .outcome = Outcome::kProtocol, .goes_on = false};
        }
        heard = talk.hear(piece);
    }
    return !heard.complete && closed ? talk.end() : heard;
}

Heard over(Outcome outcome, bool goes_on) {
    return {.complete = true, .outcome = outcome, .goes_on = goes_on};
}
const Heard kIncomplete{};
const Heard kKept = over(Outcome::kOk, true);
const Heard kClosed = over(Outcome::kOk, false);
const Heard kMalformed = over(Outcome::kProtocol, false);
const Heard kReset = over(Outcome::kReset, false);

struct Case {
    std::string name;
    std::string bytes;
    Heard expected;
    bool closed = false;
    std::string method = "GET";
    int expect_status = 0;
    std::optional<std::string> expect_body = std::nullopt;
};

std::vector<Case> cases() {
    const auto ok = [](const std::string& rest) { return "HTTP/1.1 200 OK\r\n" + rest; };
    const auto chunked = [&](const std::string& chunks) {
        return ok("Transfer-Encoding: chunked\r\n\r\n" + chunks);
    };
    const auto wrong = [](Outcome outcome, bool kept = true) { return over(outcome, kept); };
    return {
        // length
        {"sized", std::string(kHello), kKept},
        {"empty", ok("Content-Length: 0\r\n\r\n"), kKept},
        {"names in any case", ok("cOnTeNt-LeNgTh:\t5 \r\n\r\nhello"), kKept},
        {"same length twice", ok("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), kKept},
        {"two lengths", ok("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), kMalformed},
        {"length list", ok("Content-Length: 5, 5\r\n\r\nhello"), kMalformed},
        {"negative length", ok("Content-Length: -5\r\n\r\n"), kMalformed},
        {"signed length", ok("Content-Length: +5\r\n\r\nhello"), kMalformed},
        {"no length", ok("Content-Length: \r\n\r\n"), kMalformed},
        {"huge length", ok("Content-Length: 99999999999999999999\r\n\r\n"), kMalformed},
        {"length and chunks",
         ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), kMalformed},
        {"too short", ok("Content-Length: 9\r\n\r\nhello"), kIncomplete},
        {"too short and closed", ok("Content-Length: 9\r\n\r\nhello"), kReset, true},
        {"overlong", ok("Content-Length: 4\r\n\r\nhello"), kMalformed},
        // no body whatever the head says
        {"HEAD", std::string(kHello).substr(0, kHello.size() - 5), kKept, false, "HEAD"},
        {"204", "HTTP/1.1 204 No Content\r\n\r\n", kKept},
        {"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", kKept, false, "GET", 304},
        // until close
        {"until close, open", ok("\r\nhello"), kIncomplete},
        {"until close", ok("\r\nhello"), kClosed, true},
        {"until close, empty", ok("\r\n"), kClosed, true},
        // chunks
        {"chunked", chunked("5\r\nhello\r\n0\r\n\r\n"), kKept},
        {"chunk sizes in hex", chunked("A\r\n0123456789\r\n0a\r\n0123456789\r\n0\r\n\r\n"), kKept},
        {"chunk extension", chunked("5;a=b\r\nhello\r\n0;last\r\n\r\n"), kKept},
        {"trailers", chunked("5\r\nhello\r\n0\r\nDigest: x\r\n\r\n"), kKept},
        {"bad chunk size", chunked("g\r\n"), kMalformed},
        {"no chunk size", chunked("\r\n"), kMalformed},
        {"huge chunk", chunked("FFFFFFFFFFFFFFFFF\r\n"), kMalformed},
        {"chunk longer than said", chunked("4\r\nhello\r\n0\r\n\r\n"), kMalformed},
        {"chunks cut off", chunked("5\r\nhel"), kReset, true},
        {"chunks without the last", chunked("5\r\nhello\r\n"), kReset, true},
        {"chunk longer than said, without line", chunked("4\r\nhello"), kMalformed},
        {"padded chunk size", chunked("5 \t\r\nhello\r\n0 ;x\r\n\r\n"), kKept},
        {"chunk size behind a space", chunked(" 5\r\nhello\r\n0\r\n\r\n"), kMalformed},
        {"chunk size with a sign", chunked("+5\r\nhello\r\n0\r\n\r\n"), kMalformed},
        {"chunk size as in C", chunked("0x5\r\nhello\r\n0\r\n\r\n"), kMalformed},
        {"zero byte in an extension", chunked("5;a=\0\r\nhello\r\n0\r\n\r\n"s), kMalformed},
        {"bad trailer", chunked("5\r\nhello\r\n0\r\nDigest\r\n\r\n"), kMalformed},
        {"trailers say nothing", chunked("0\r\nConnection: close\r\nContent-Length: 9\r\n\r\n"),
         kKept},
        {"chunked twice",
         ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
         kMalformed},
        {"chunked in 1.0",
         "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         kMalformed},
        {"bytes behind the chunks", chunked("0\r\n\r\nx"), kMalformed},
        {"another coding", ok("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), kMalformed},
        // keeping the connection
        {"close", ok("Connection: close\r\nContent-Length: 0\r\n\r\n"), kClosed},
        {"close in a list", ok("Connection: x, Close\r\nContent-Length: 0\r\n\r\n"), kClosed},
        {"close before keep-alive",
         ok("Connection: close, keep-alive\r\nContent-Length: 0\r\n\r\n"), kClosed},
        {"close after keep-alive",
         ok("Connection: keep-alive\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), kClosed},
        {"1.0 kept and closed",
         "HTTP/1.0 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\n"
         "Content-Length: 0\r\n\r\n",
         kClosed},
        {"close without body", "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", kClosed},
        {"close of an interim response",
         "HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n" + std::string(kHello), kKept},
        {"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", kClosed},
        {"1.0 kept", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n",
         kKept},
        // interim responses
        {"100 first", "HTTP/1.1 100 Continue\r\n\r\n" + std::string(kHello), kKept},
        {"103 first", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + std::string(kHello), kKept},
        {"101", "HTTP/1.1 101 Switching Protocols\r\n\r\n", kMalformed},
        // heads
        {"no reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", kKept},
        {"header without value", ok("X:\r\nContent-Length: 0\r\n\r\n"), kKept},
        {"2.0", "HTTP/2.0 200 OK\r\n\r\n", kMalformed},
        {"status 99", "HTTP/1.1 099 Low\r\n\r\n", kMalformed},
        {"status letters", "HTTP/1.1 2x0 OK\r\n\r\n", kMalformed},
        {"status too long", "HTTP/1.1 2000 OK\r\n\r\n", kMalformed},
        {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", kMalformed},
        {"another protocol without line", "\x15\x03\x01"s, kMalformed},
        {"bare line feed", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", kMalformed},
        {"folded header", ok("X: a\r\n b\r\nContent-Length: 0\r\n\r\n"), kMalformed},
        {"space before colon", ok("Content-Length : 0\r\n\r\n"), kMalformed},
        {"no colon", ok("Content-Length\r\n\r\n"), kMalformed},
        {"zero byte", ok("X: a\0b\r\nContent-Length: 0\r\n\r\n"s), kMalformed},
        {"carriage return inside", ok("X: a\rb\r\nContent-Length: 0\r\n\r\n"), kMalformed},
        {"zero byte without line", ok("X: a\0b"s), kMalformed},
        {"escape", ok("X: \x1b[1m\r\nContent-Length: 0\r\n\r\n"), kMalformed},
        {"delete", ok("X: \x7f\r\nContent-Length: 0\r\n\r\n"), kMalformed},
        {"zero byte in the reason", "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"s, kMalformed},
        {"tabs and other alphabets", ok("X: a\tb \xc3\xa9\xff\r\nContent-Length: 0\r\n\r\n"),
         kKept},
        {"name in another alphabet", ok("\xc3\xa9: a\r\nContent-Length: 0\r\n\r\n"), kMalformed},
        {"no name", ok(": a\r\nContent-Length: 0\r\n\r\n"), kMalformed},
        {"cut off", "HTTP/1.1 200 OK\r\nConte", kReset, true},
        {"nothing", "", kReset, true},
        // what is asked of the response
        {"404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", wrong(Outcome::kStatus)},
        {"404 as expected", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", kKept, false,
         "GET", 404},
        {"200 not expected", std::string(kHello), wrong(Outcome::kStatus), false, "GET", 404},
        {"status before body", "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno",
         wrong(Outcome::kStatus), false, "GET", 200, "yes"},
        {"body", std::string(kHello), kKept, false, "GET", 200, "hello"},
        {"body differs", std::string(kHello), wrong(Outcome::kValidation), false, "GET", 200,
         "hellO"},
        {"body shorter", std::string(kHello), wrong(Outcome::kValidation), false, "GET", 200,
         "hello!"},
        {"body longer", std::string(kHello), wrong(Outcome::kValidation), false, "GET", 200,
         "hell"},
        {"body empty", std::string(kHello), wrong(Outcome::kValidation), false, "GET", 200, ""},
        {"body in chunks", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), kKept, false, "GET", 200,
         "hello"},
        {"body until close", ok("\r\nhellO"), wrong(Outcome::kValidation, false), true, "GET", 200,
         "hello"},
    };
}

TEST(Http1, AResponseThatNobodyAskedForMakesTheOneBeforeItNoWorse) {
    const std::string both =
        std::string(kHello) + "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n";
    for (std::size_t more = 1; more <= both.size() - kHello.size(); ++more) {
        Talk talk(spec_of());
        talk.begin();
        const Heard heard = talk.hear(std::string_view(both).substr(0, kHello.size() + more));
        EXPECT_TRUE(heard.complete && !heard.goes_on && !heard.was_asked) << more;
        EXPECT_EQ(heard.outcome, Outcome::kOk) << more;
    }
}

TEST(Http1, AConnectionForEachRequestIsAskedForAndNotKept) {
    TrialSpec spec = spec_of();
    spec.keep_alive = false;
    Talk talk(spec);
    EXPECT_NE(talk.begin().find("\r\nConnection: close\r\n"), std::string_view::npos);
    EXPECT_EQ(talk.hear(kHello), kClosed);  // which doesn't say that it closes
}

TEST(Http1, HearsTheSameHoweverTheBytesAreSplit) {
    Random random(1);
    for (const auto& test : cases()) {
        TrialSpec spec = spec_of({.method = test.method,
                                  .expect_status = test.expect_status,
                                  .expect_body = test.expect_body});
        const std::string_view bytes = test.bytes;
        EXPECT_EQ(hear(spec, {bytes}, test.closed), test.expected) << test.name;
        for (std::size_t at = 0; at <= bytes.size(); ++at) {
            EXPECT_EQ(hear(spec, {bytes.substr(0, at), bytes.substr(at)}, test.closed),
                      test.expected)
                << test.name << ", split at " << at;
        }
        for (int round = 0; round < 20; ++round) {
            std::vector<std::string_view> pieces;
            for (std::size_t at = 0; at < bytes.size();) {
                const std::size_t size = 1 + random.next() % (round == 0 ? 1 : 7);
                pieces.push_back(bytes.substr(at, size));
                at += size;
            }
            EXPECT_EQ(hear(spec, pieces, test.closed), test.expected) << test.name;
        }
    }
}

TEST(Http1, HeadsWithoutEndAreMalformed) {
    const TrialSpec spec = spec_of();
    const std::string filler(ResponseHead::kLongest, 'x');
    EXPECT_EQ(hear(spec, {"HTTP/1.1 200 OK\r\nX: ", filler}, false), kMalformed);
    std::string many = "HTTP/1.1 200 OK\r\n";
    while (many.size() <= ResponseHead::kLongest) {
        many += "X: y\r\n";
    }
    EXPECT_EQ(hear(spec, {many}, false), kMalformed);
    std::string interim;
    while (interim.size() <= ResponseHead::kLongest) {
        interim += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    EXPECT_EQ(hear(spec, {interim}, false), kMalformed);
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(hear(spec, {chunked, "5;", filler}, false), kMalformed);
    EXPECT_EQ(hear(spec, {chunked, "0\r\n", many.substr(17)}, false), kIncomplete);
    EXPECT_EQ(hear(spec, {chunked, "0\r\n", many.substr(17), many.substr(17)}, false), kMalformed);
}

TEST(Http1, AStreamOfChunksMayBeLongerThanAHead) {
    std::string stream = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 40'000; ++i) {
        stream += "1\r\nx\r\n";
    }
    EXPECT_EQ(hear(spec_of(), {stream, "0\r\n\r\n"}, false), kKept);
}

TEST(Http1, AConnectionCarriesOneResponseAfterTheOther) {
    TrialSpec spec = spec_of({.expect_body = "hello"});
    spec.classes.push_back({.method = "HEAD"});
    Talk talk(spec);
    for (int i = 0; i < 3; ++i) {
        talk.begin(0);
        EXPECT_FALSE(talk.session().is_answered(0));
        EXPECT_FALSE(talk.hear(kHello.substr(0, 20)).complete);
        EXPECT_TRUE(talk.session().is_answered(0));
        EXPECT_EQ(talk.hear(kHello.substr(20)), kKept);
        talk.begin(1);
        EXPECT_EQ(talk.hear(kHello.substr(0, kHello.size() - 5)), kKept);
    }
    talk.begin(0);
    EXPECT_FALSE(talk.hear("HTTP/1.1 2").complete);
    talk.reset();  // a fresh stream knows nothing of the old one's half line
    talk.begin(0);
    EXPECT_EQ(talk.hear(kHello), kKept);
}

TEST(Http1, APathCarriesTheIntendedTimeWhereItsClassAsks) {
    TrialSpec spec = spec_of({.path = "/at/", .carries_intended = true});
    spec.classes.push_back({.path = "/"});
    const auto prepared = prepare_sessions(spec);
    Talk first(prepared());
    Talk second(prepared());
    EXPECT_EQ(first.begin(0, TimePoint(Nanoseconds(1234567890123))),
              "GET /at/00000001234567890123 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
    const std::string_view later = second.begin(0, TimePoint(Nanoseconds::max()));
    first.hear(kHello);
    EXPECT_EQ(first.begin(1), "GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
    first.hear(kHello);
    EXPECT_EQ(first.begin(0, TimePoint(Nanoseconds(7))),
              "GET /at/00000000000000000007 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
    EXPECT_EQ(later, "GET /at/09223372036854775807 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
}

TEST(Http1, NumbersAreDrawnForEachRequestAndItsResponse) {
    Talk talk(spec_of({.method = "POST",
                       .path = "/a/{id}?{x}",
                       .body = "{id} {n} {",
                       .expect_body = "<{id}|{n}>",
                       .is_drawn = true}));
    std::set<std::string> ids;
    for (int i = 0; i < 100; ++i) {
        const std::string bytes(talk.begin());
        ASSERT_TRUE(bytes.starts_with("POST /a/10")) << bytes;
        const std::string id = bytes.substr(8, 6);
        const std::string body = bytes.substr(bytes.find("\r\n\r\n") + 4);
        EXPECT_TRUE(bytes.substr(14).starts_with("?{x} HTTP/1.1\r\n"));
        EXPECT_NE(bytes.find("Content-Length: 12\r\n"), std::string::npos);
        EXPECT_EQ(body.substr(0, 7), id + " ");
        EXPECT_EQ(body.size(), 12u);
        const std::string n = body.substr(7, 3);
        ids.insert(id);
        const bool right = i % 2 == 0;
        const std::string answer =
            "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n<" + id + "|" + (right ? n : "99x") + ">";
        EXPECT_EQ(talk.hear(answer).outcome, right ? Outcome::kOk : Outcome::kValidation);
    }
    EXPECT_GT(ids.size(), 80u);
}

TEST(Http1, ConnectionsDrawNumbersOfTheirOwnFromTheSeed) {
    const auto drawn = [](std::uint64_t seed) {
        TrialSpec spec = spec_of({.path = "/{id}", .is_drawn = true});
        spec.seed = seed;
        const auto prepared = prepare_sessions(spec);
        return std::vector<std::string>{std::string(Talk(prepared()).begin()),
                                        std::string(Talk(prepared()).begin())};
    };
    EXPECT_EQ(drawn(7), drawn(7));
    EXPECT_NE(drawn(7)[0], drawn(7)[1]);
    EXPECT_NE(drawn(7)[0], drawn(8'000)[0]);
}

TEST(Http1, EachConnectionKeepsOneOfTheCookies) {
    const auto prepared = prepare_sessions(spec_of({.cookies = {"a=1", "b=2"}}));
    Talk first(prepared());
    Talk second(prepared());
    Talk third(prepared());
    const auto with = [](std::string_view cookie) {
        return "GET / HTTP/1.1\r\nHost: localhost:8080\r\nCookie: " + std::string(cookie) +
               "\r\n\r\n";
    };
    EXPECT_EQ(first.begin(), with("a=1"));
    EXPECT_EQ(second.begin(), with("b=2"));
    EXPECT_EQ(third.begin(), with("a=1"));
    first.hear(kHello);
    EXPECT_EQ(first.begin(), with("a=1"));
}

TEST(Http1, RequestsSayNoMoreThanTheyMust) {
    const auto bytes = [](RequestClass request) {
        return std::string(Talk(spec_of(std::move(request))).begin());
    };
    EXPECT_EQ(bytes({.path = "/a?b"}), "GET /a?b HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
    EXPECT_EQ(bytes({.headers = {{"host", "x"}, {"Accept", "a b"}}}),
              "GET / HTTP/1.1\r\nhost: x\r\nAccept: a b\r\n\r\n");
    EXPECT_EQ(bytes({.method = "POST", .body = "abc"}),
              "POST / HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_EQ(bytes({.method = "POST",
                     .headers = {{"content-Length", "4"}, {"User-Agent", "x"}},
                     .body = "abc"}),
              "POST / HTTP/1.1\r\nHost: localhost:8080\r\ncontent-Length: 4\r\nUser-Agent: x\r\n"
              "\r\nabc");
    EXPECT_EQ(
        bytes(
            {.method = "POST", .headers = {{"Transfer-Encoding", "chunked"}}, .body = "0\r\n\r\n"}),
        "POST / HTTP/1.1\r\nHost: localhost:8080\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n");
    EXPECT_EQ(bytes({.method = "POST"}),
              "POST / HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 0\r\n\r\n");
}

TEST(Http1, RefusesRequestsThatWouldBeSeveral) {
    const auto refused = [](RequestClass request) {
        EXPECT_THROW(prepare_sessions(spec_of(std::move(request))), std::invalid_argument);
    };
    refused({.method = ""});
    refused({.method = "GET /\r\n"});
    refused({.path = "/ HTTP/1.1\r\nX: y"});
    refused({.path = "/a b"});
    refused({.cookies = {"a=1\r\nX: y"}});
    refused({.headers = {{"X", "a\r\nY: b"}}});
    refused({.path = ""});
    refused({.path = "/\0"s});
    refused({.headers = {{"X:\r\n", "a"}}});
    refused({.headers = {{"X:Y", "a"}}});
    refused({.headers = {{"", "a"}}});
    refused({.headers = {{"X", "a\0b"s}}});
    refused({.method = "GE\tT"});
    try {
        prepare_sessions(spec_of({.headers = {{"X-Trace", "a\nb"}}}));
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(error.what(), "the header X-Trace holds a line break or a zero byte");
    }
}

TEST(Http1, OnlyIdempotentMethodsMayBeSentAgain) {
    for (const auto* method : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}) {
        EXPECT_TRUE(RequestClass{.method = method}.is_idempotent()) << method;
    }
    for (const auto* method : {"POST", "PATCH", "get"}) {
        EXPECT_FALSE(RequestClass{.method = method}.is_idempotent()) << method;
    }
}

TEST(Protocols, RefuseWhatIsUnknownAndSayWhatThereIs) {
    TrialSpec spec = spec_of();
    spec.protocol = "gopher";
    try {
        prepare_sessions(spec);
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(error.what(),
                     "no protocol 'gopher': there are http1, websocket, chat, event-stream");
    }
}

}  // namespace
}  // namespace contend
