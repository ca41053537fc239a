#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/session.h"
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

std::unique_ptr<Protocol> opened(const TrialSpec& spec) {
    auto protocol = prepare_protocol(spec)();
    EXPECT_EQ(protocol->opened(kAgreed).outcome, Outcome::kOk);
    return protocol;
}

TEST(WebSocket, APingInTheHandshakesSegmentIsAnswered) {
    const auto protocol = prepare_protocol(spec_of("hello"))();
    const Reply reply = protocol->opened(std::string(kAgreed) + frame(0x89, "beat"));
    EXPECT_EQ(reply.outcome, Outcome::kOk);
    EXPECT_EQ(reply.answer, websocket_text::frame(websocket_text::kPong, "beat"));
}

// What one message of "hello" comes to, when the server says `bytes`, whole and byte by byte.
Outcome heard(const std::string& bytes) {
    const auto whole = opened(spec_of("hello"));
    whole->request(0);
    const Reply at_once = whole->receive(bytes);
    const auto split = opened(spec_of("hello"));
    split->request(0);
    Reply reply;
    std::size_t taken = 0;
    while (!reply.complete && taken < bytes.size()) {
        reply = split->receive(std::string_view(bytes).substr(taken++, 1));
    }
    if (taken == bytes.size()) {
        EXPECT_EQ(reply.complete, at_once.complete);
        EXPECT_EQ(reply.outcome, at_once.outcome);
    }
    EXPECT_TRUE(at_once.complete);
    EXPECT_EQ(at_once.keep_alive,
              at_once.outcome == Outcome::kOk || at_once.outcome == Outcome::kValidation);
    return at_once.outcome;
}

TEST(WebSocket, OpensByAHandshakeThatTheServerHasToAgreeTo) {
    const auto protocol = prepare_protocol(spec_of("x"))();
    EXPECT_EQ(protocol->opening(),
              "GET /ws/echo HTTP/1.1\r\nHost: localhost:8080\r\nUpgrade: websocket\r\n"
              "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Version: 13\r\n\r\n");
    const auto answered = [&](std::string_view bytes) {
        protocol->reset();
        return protocol->opened(bytes).outcome;
    };
    EXPECT_EQ(answered(kAgreed), Outcome::kOk);
    EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Outcome::kProtocol);
    EXPECT_EQ(answered("HTTP/1.1 101 X\r\nSec-WebSocket-Accept: wrong\r\n\r\n"),
              Outcome::kProtocol);
    EXPECT_EQ(answered("HTTP/1.1 101 X\r\n\r\n"), Outcome::kProtocol);
    std::string deflated(kAgreed);
    deflated.insert(deflated.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    EXPECT_EQ(answered(deflated), Outcome::kProtocol);
    std::string unswitched(kAgreed);
    unswitched.erase(unswitched.find("Upgrade: "), 20);
    EXPECT_EQ(answered(unswitched), Outcome::kProtocol);
    std::string listed(kAgreed);
    listed.replace(listed.find("Connection: Upgrade"), 19, "connection: keep-alive, upgrade");
    EXPECT_EQ(answered(listed), Outcome::kOk);
    // What a server says first: a ping is no matter, a message is nobody's.
    EXPECT_EQ(answered(std::string(kAgreed) + frame(0x89, "x")), Outcome::kOk);
    EXPECT_EQ(answered(std::string(kAgreed) + frame(0x81, "x")), Outcome::kProtocol);

    protocol->reset();
    EXPECT_FALSE(protocol->opened(kAgreed.substr(0, 40)).complete);
    EXPECT_TRUE(protocol->opened(kAgreed.substr(40)).complete);
    protocol->reset();
    EXPECT_TRUE(protocol->opened(std::string(10'000, 'x')).complete);
}

TEST(WebSocket, AMessageIsMasked) {
    const auto protocol = opened(spec_of("hello"));
    const std::string bytes(protocol->request(0));
    ASSERT_EQ(bytes.size(), 2u + 4u + 5u);
    EXPECT_EQ(bytes.substr(0, 2), "\x81\x85");
    std::string payload = bytes.substr(6);
    for (std::size_t i = 0; i < payload.size(); ++i) {
        payload[i] = static_cast<char>(payload[i] ^ bytes[2 + i % 4]);
    }
    EXPECT_EQ(payload, "hello");
    EXPECT_EQ(opened(spec_of(std::string(126, 'x')))->request(0).substr(0, 4), "\x81\xfe\0\x7e"s);
    EXPECT_EQ(opened(spec_of(std::string(65536, 'x')))->request(0).substr(0, 10),
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
        const auto protocol = opened(spec_of(long_one));
        protocol->request(0);
        EXPECT_EQ(protocol->receive(frame(0x81, long_one)).outcome, Outcome::kOk) << size;
    }
    const auto protocol = opened(spec_of("hello", "bye"));
    protocol->request(0);
    EXPECT_EQ(protocol->receive(frame(0x81, "bye")).outcome, Outcome::kOk);
}

TEST(WebSocket, AMessageWithNumbersIsToldFromTheOneBefore) {
    TrialSpec spec = spec_of("{id} {n}");
    spec.classes[0].is_drawn = true;
    const auto protocol = opened(spec);
    const auto payload = [&] {
        std::string bytes(protocol->request(0));
        std::string text = bytes.substr(6);
        for (std::size_t i = 0; i < text.size(); ++i) {
            text[i] = websocket_text::masked(text[i], i);
        }
        return text;
    };
    const std::string first = payload();
    EXPECT_EQ(first.size(), 10U);
    EXPECT_EQ(protocol->receive(frame(0x81, first)).outcome, Outcome::kOk);
    const std::string second = payload();
    EXPECT_NE(second, first);
    EXPECT_EQ(protocol->receive(frame(0x81, first)).outcome, Outcome::kValidation);
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
    const auto protocol = opened(spec_of("hello"));
    protocol->request(0);
    const Reply both = protocol->receive(frame(0x81, "hello") + frame(0x81, "hello"));
    EXPECT_EQ(both.outcome, Outcome::kProtocol);
    EXPECT_FALSE(both.keep_alive);
    const auto begun = opened(spec_of("hello"));
    begun->request(0);
    EXPECT_EQ(begun->receive(frame(0x81, "hello") + "\x81").outcome, Outcome::kProtocol);
    const auto later = opened(spec_of("hello"));
    later->request(0);
    EXPECT_EQ(later->receive(frame(0x81, "hello")).outcome, Outcome::kOk);
    EXPECT_FALSE(later->unasked(frame(0x81, "hello")).keep_alive);
}

TEST(WebSocket, APingIsAnsweredAtAnyTime) {
    const auto protocol = opened(spec_of("hello"));
    const Reply asked = protocol->unasked(frame(0x89, "are you there"));
    EXPECT_TRUE(asked.keep_alive);
    EXPECT_EQ(asked.answer.substr(0, 2), "\x8a\x8d");
    EXPECT_EQ(asked.answer.size(), 2u + 4u + 13u);
    const Reply told = protocol->unasked(frame(0x8a, ""));
    EXPECT_TRUE(told.keep_alive);
    EXPECT_EQ(told.answer, "");
    protocol->request(0);
    const Reply reply = protocol->receive(frame(0x89, "") + frame(0x81, "hello"));
    EXPECT_EQ(reply.outcome, Outcome::kOk);
    EXPECT_EQ(reply.answer.substr(0, 2), "\x8a\x80");
    const Reply closing = protocol->unasked(frame(0x88, "\x03\xe8"));
    EXPECT_FALSE(closing.keep_alive);
    EXPECT_EQ(closing.answer.substr(0, 2), "\x88\x82");  // a close is answered with one
}

TEST(WebSocket, AConnectionThatClosesAnswersNoMore) {
    EXPECT_EQ(heard(frame(0x88, "\x03\xe8")), Outcome::kReset);
    const auto protocol = opened(spec_of("hello"));
    protocol->request(0);
    EXPECT_FALSE(protocol->response_started());
    EXPECT_EQ(protocol->end_of_stream().outcome, Outcome::kReset);
    EXPECT_FALSE(protocol->idempotent(0));
    const auto closing = opened(spec_of("hello"));
    closing->request(0);
    const Reply last = closing->receive(frame(0x81, "hello") + frame(0x88, ""));
    EXPECT_EQ(last.outcome, Outcome::kOk);
    EXPECT_FALSE(last.keep_alive);
}

TEST(WebSocket, OneConnectionHasOnePath) {
    TrialSpec spec = spec_of("a");
    spec.classes.push_back({.path = "/other", .body = "b"});
    EXPECT_THROW(prepare_protocol(spec), std::invalid_argument);
    TrialSpec split = spec_of("a");
    split.classes[0].path = "/ HTTP/1.1\r\nX: y";
    EXPECT_THROW(prepare_protocol(split), std::invalid_argument);
    split.classes[0] = {.headers = {{"X", "y\r\nZ: z"}}};
    EXPECT_THROW(prepare_protocol(split), std::invalid_argument);
}

}  // namespace
}  // namespace contend
