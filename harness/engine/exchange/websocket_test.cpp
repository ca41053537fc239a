#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/talk.h"
#include "exchange/websocket_frames.h"
#include "exchange/websocket_text.h"

namespace contend {
namespace {

using namespace std::string_literals;

constexpr std::string_view kAgreed =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

TrialSpec spec_of(const std::string& body, std::optional<std::string> expected = {}) {
    TrialSpec spec;
    spec.protocol = "websocket";
    spec.host = "localhost:8080";
    spec.classes.push_back({.path = "/ws/echo", .body = body, .expect_body = std::move(expected)});
    return spec;
}

std::string frame(int first, std::string_view payload) {
    std::string bytes(1, static_cast<char>(first));
    if (payload.size() < 126) {
        bytes += static_cast<char>(payload.size());
    } else if (payload.size() < 0x10000) {
        bytes += "~"s + static_cast<char>(payload.size() >> 8) +
                 static_cast<char>(payload.size() & 0xff);
    } else {
        bytes += "\x7f"s + std::string(5, '\0') + static_cast<char>(payload.size() >> 16) +
                 static_cast<char>(payload.size() >> 8 & 0xff) +
                 static_cast<char>(payload.size() & 0xff);
    }
    return bytes + std::string(payload);
}

Talk opened(const TrialSpec& spec) {
    Talk talk(spec);
    EXPECT_TRUE(talk.hear(kAgreed).opened);
    return talk;
}

TEST(WebSocket, APingInTheHandshakesSegmentIsAnswered) {
    Talk talk(spec_of("hello"));
    const Heard heard = talk.hear(std::string(kAgreed) + frame(0x89, "beat"));
    EXPECT_TRUE(heard.opened && heard.goes_on);
    EXPECT_EQ(heard.answer, websocket_text::frame(websocket_text::kPong, "beat"));
}

// What one message of "hello" comes to, when the server says `bytes`, whole and byte by byte.
Outcome heard(const std::string& bytes) {
    Talk whole = opened(spec_of("hello"));
    whole.begin();
    const Heard at_once = whole.hear(bytes);
    Talk split = opened(spec_of("hello"));
    split.begin();
    Heard last;
    std::size_t taken = 0;
    while (!last.complete && taken < bytes.size()) {
        last = split.hear(std::string_view(bytes).substr(taken++, 1));
    }
    if (taken == bytes.size()) {
        EXPECT_EQ(last.complete, at_once.complete);
        EXPECT_EQ(last.outcome, at_once.outcome);
    }
    EXPECT_TRUE(at_once.complete);
    EXPECT_EQ(at_once.goes_on,
              at_once.outcome == Outcome::kOk || at_once.outcome == Outcome::kValidation);
    return at_once.outcome;
}

TEST(WebSocket, OpensByAHandshakeThatTheServerHasToAgreeTo) {
    Talk talk(spec_of("x"));
    EXPECT_EQ(talk.session().greeting(),
              "GET /ws/echo HTTP/1.1\r\nHost: localhost:8080\r\nUpgrade: websocket\r\n"
              "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Version: 13\r\n\r\n");
    const auto answered = [&](std::string_view bytes) {
        talk.reset();
        const Heard heard = talk.hear(bytes);
        return heard.opened && heard.goes_on;
    };
    EXPECT_TRUE(answered(kAgreed));
    EXPECT_FALSE(answered("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_FALSE(answered("HTTP/1.1 101 X\r\nSec-WebSocket-Accept: wrong\r\n\r\n"));
    EXPECT_FALSE(answered("HTTP/1.1 101 X\r\n\r\n"));
    std::string deflated(kAgreed);
    deflated.insert(deflated.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    EXPECT_FALSE(answered(deflated));
    std::string unswitched(kAgreed);
    unswitched.erase(unswitched.find("Upgrade: "), 20);
    EXPECT_FALSE(answered(unswitched));
    std::string listed(kAgreed);
    listed.replace(listed.find("Connection: Upgrade"), 19, "connection: keep-alive, upgrade");
    EXPECT_TRUE(answered(listed));
    // What a server says first: a ping is no matter, a message is nobody's.
    EXPECT_TRUE(answered(std::string(kAgreed) + frame(0x89, "x")));
    EXPECT_FALSE(answered(std::string(kAgreed) + frame(0x81, "x")));

    for (std::size_t at = 1; at < kAgreed.size(); ++at) {
        talk.reset();
        const Heard begun = talk.hear(kAgreed.substr(0, at));
        EXPECT_TRUE(begun.goes_on && !begun.opened) << at;
        EXPECT_TRUE(talk.hear(kAgreed.substr(at)).opened) << at;
    }
    talk.reset();
    EXPECT_FALSE(talk.hear(std::string(10'000, 'x')).goes_on);
}

TEST(WebSocket, AMessageIsMasked) {
    Talk talk = opened(spec_of("hello"));
    const std::string bytes(talk.begin());
    ASSERT_EQ(bytes.size(), 2u + 4u + 5u);
    EXPECT_EQ(bytes.substr(0, 2), "\x81\x85");
    std::string payload = bytes.substr(6);
    for (std::size_t i = 0; i < payload.size(); ++i) {
        payload[i] = static_cast<char>(payload[i] ^ bytes[2 + i % 4]);
    }
    EXPECT_EQ(payload, "hello");
    EXPECT_EQ(opened(spec_of(std::string(126, 'x'))).begin().substr(0, 4), "\x81\xfe\0\x7e"s);
    EXPECT_EQ(opened(spec_of(std::string(65536, 'x'))).begin().substr(0, 10),
              "\x81\xff\0\0\0\0\0\x01\0\0"s);
}

TEST(WebSocket, TheEchoIsTheSameMessage) {
    EXPECT_EQ(heard(frame(0x81, "hello")), Outcome::kOk);
    EXPECT_EQ(heard(frame(0x82, "hello")), Outcome::kOk);
    EXPECT_EQ(heard(frame(0x01, "he") + frame(0x00, "") + frame(0x80, "llo")), Outcome::kOk);
    EXPECT_EQ(heard(frame(0x01, "he") + frame(0x89, "?") + frame(0x80, "llo")), Outcome::kOk);
    EXPECT_EQ(heard(frame(0x81, "hallo")), Outcome::kValidation);
    EXPECT_EQ(heard(frame(0x81, "hell")), Outcome::kValidation);
    EXPECT_EQ(heard(frame(0x81, "hello!")), Outcome::kValidation);
    EXPECT_EQ(heard(frame(0x81, "")), Outcome::kValidation);
    for (const std::size_t size : {126UL, 65535UL, 65536UL}) {
        const std::string long_one(size, 'x');
        Talk talk = opened(spec_of(long_one));
        talk.begin();
        EXPECT_EQ(talk.hear(frame(0x81, long_one)).outcome, Outcome::kOk) << size;
    }
    Talk talk = opened(spec_of("hello", "bye"));
    talk.begin();
    EXPECT_EQ(talk.hear(frame(0x81, "bye")).outcome, Outcome::kOk);
}

TEST(WebSocket, AMessageWithNumbersIsToldFromTheOneBefore) {
    TrialSpec spec = spec_of("{id} {n}");
    spec.classes[0].is_drawn = true;
    Talk talk = opened(spec);
    const auto payload = [&] {
        std::string bytes(talk.begin());
        std::string text = bytes.substr(6);
        for (std::size_t i = 0; i < text.size(); ++i) {
            text[i] = websocket_text::masked(text[i], i);
        }
        return text;
    };
    const std::string first = payload();
    EXPECT_EQ(first.size(), 10U);
    EXPECT_EQ(talk.hear(frame(0x81, first)).outcome, Outcome::kOk);
    const std::string second = payload();
    EXPECT_NE(second, first);
    EXPECT_EQ(talk.hear(frame(0x81, first)).outcome, Outcome::kValidation);
}

TEST(WebSocket, WhatIsNoMessageIsMalformed) {
    EXPECT_EQ(heard(frame(0xc1, "hello")), Outcome::kProtocol);  // a reserved bit
    EXPECT_EQ(heard(frame(0x80, "hello")), Outcome::kProtocol);  // continues nothing
    EXPECT_EQ(heard(frame(0x83, "hello")), Outcome::kProtocol);  // an unknown opcode
    EXPECT_EQ(heard(frame(0x09, "?")), Outcome::kProtocol);      // a ping in pieces
    EXPECT_EQ(heard(frame(0x89, std::string(126, 'x'))), Outcome::kProtocol);
    EXPECT_EQ(heard(frame(0x01, "he") + frame(0x81, "llo")), Outcome::kProtocol);
    EXPECT_EQ(heard("\x81\x85"s + "mask" + "hello"), Outcome::kProtocol);
    EXPECT_EQ(heard("\x81\x7e\0\x05hello"s), Outcome::kProtocol);  // not the shortest length
    EXPECT_EQ(heard("\x81\x7f\x80\0\0\0\0\0\0\0"s), Outcome::kProtocol);
}

TEST(WebSocket, ADoubledMessageIsNoEcho) {
    Talk talk = opened(spec_of("hello"));
    talk.begin();
    const Heard both = talk.hear(frame(0x81, "hello") + frame(0x81, "hello"));
    EXPECT_EQ(both.outcome, Outcome::kProtocol);
    EXPECT_FALSE(both.goes_on);
    Talk begun = opened(spec_of("hello"));
    begun.begin();
    EXPECT_EQ(begun.hear(frame(0x81, "hello") + "\x81").outcome, Outcome::kProtocol);
    Talk later = opened(spec_of("hello"));
    later.begin();
    EXPECT_EQ(later.hear(frame(0x81, "hello")).outcome, Outcome::kOk);
    EXPECT_FALSE(later.hear(frame(0x81, "hello")).goes_on);
}

TEST(WebSocket, APingIsAnsweredAtAnyTime) {
    Talk talk = opened(spec_of("hello"));
    const Heard asked = talk.hear(frame(0x89, "are you there"));
    EXPECT_TRUE(asked.goes_on);
    EXPECT_EQ(asked.answer.substr(0, 2), "\x8a\x8d");
    EXPECT_EQ(asked.answer.size(), 2u + 4u + 13u);
    const Heard told = talk.hear(frame(0x8a, ""));
    EXPECT_TRUE(told.goes_on);
    EXPECT_EQ(told.answer, "");
    talk.begin();
    const Heard reply = talk.hear(frame(0x89, "") + frame(0x81, "hello"));
    EXPECT_EQ(reply.outcome, Outcome::kOk);
    EXPECT_EQ(reply.answer.substr(0, 2), "\x8a\x80");
    const Heard closing = talk.hear(frame(0x88, "\x03\xe8"));
    EXPECT_FALSE(closing.goes_on);
    EXPECT_EQ(closing.answer.substr(0, 2), "\x88\x82");  // a close is answered with one
}

TEST(WebSocket, AConnectionThatClosesAnswersNoMore) {
    EXPECT_EQ(heard(frame(0x88, "\x03\xe8")), Outcome::kReset);
    Talk talk = opened(spec_of("hello"));
    talk.begin();
    EXPECT_TRUE(talk.session().is_answered(0));  // and never sent again
    EXPECT_EQ(talk.end().outcome, Outcome::kReset);
    Talk closing = opened(spec_of("hello"));
    closing.begin();
    const Heard last = closing.hear(frame(0x81, "hello") + frame(0x88, ""));
    EXPECT_EQ(last.outcome, Outcome::kOk);
    EXPECT_FALSE(last.goes_on);
}

TEST(WebSocket, OneConnectionHasOnePath) {
    TrialSpec spec = spec_of("a");
    spec.classes.push_back({.path = "/other", .body = "b"});
    EXPECT_THROW(prepare_sessions(spec), std::invalid_argument);
    TrialSpec split = spec_of("a");
    split.classes[0].path = "/ HTTP/1.1\r\nX: y";
    EXPECT_THROW(prepare_sessions(split), std::invalid_argument);
    split.classes[0] = {.headers = {{"X", "y\r\nZ: z"}}};
    EXPECT_THROW(prepare_sessions(split), std::invalid_argument);
}

}  // namespace
}  // namespace contend
