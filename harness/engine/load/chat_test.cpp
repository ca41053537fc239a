// The chat protocol on a Worker, against a server of rooms in memory.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "exchange/websocket_text.h"
#include "load/memory_trial.h"

namespace contend {
namespace {

using namespace std::chrono_literals;
using Peer = MemoryNetwork::Peer;

// What the server does to the n-th message (from 1) for its k-th member: how many copies it sends.
using Copies = std::function<int(int n, std::size_t k)>;

class Rooms {
   public:
    explicit Rooms(Copies copies) : copies_(std::move(copies)) {}

    void hear(const Peer& peer, std::string_view bytes) {
        if (bytes.starts_with("GET /chat?room=")) {
            const std::string room(bytes.substr(15, bytes.find(' ', 15) - 15));
            members_[room].push_back(peer);
            room_of_[peer.connection()] = room;
            if (peer.connection() == leaves) {
                peer.close(5s);
            }
            peer.reply(1ms,
                       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                           std::string(websocket_text::kAccept) + "\r\n\r\n");
            return;
        }
        const std::string_view payload = bytes.substr(6);
        std::string message("\x81");
        message += static_cast<char>(payload.size());
        for (std::size_t i = 0; i < payload.size(); ++i) {
            message += websocket_text::masked(payload[i], i);
        }
        ++messages_;
        const auto& members = members_[room_of_[peer.connection()]];
        for (std::size_t k = 0; k < members.size(); ++k) {
            for (int copy = copies_(messages_, k); copy-- > 0;) {
                // One member after the other: the last one has it after 1 ms for each.
                members[k].reply((k + 1) * 1ms, message);
            }
        }
    }

    std::map<std::string, std::vector<Peer>> members_;
    std::uint64_t leaves = 0;  // the connection that is closed in mid-run, if any

   private:
    Copies copies_;
    std::map<std::uint64_t, std::string> room_of_;
    int messages_ = 0;
};

TrialResult run(Rooms& rooms, std::size_t connections, std::uint64_t in_rooms) {
    TrialSpec spec;
    spec.protocol = "chat";
    spec.protocol_options = {{"rooms", in_rooms}};
    spec.host = "localhost";
    spec.classes.push_back({.name = "message", .path = "/chat?room={room}", .body = "hello"});
    spec.arrivals = "constant";
    spec.rate_per_s = 100;
    spec.connections = connections;
    spec.warmup = 0s;
    spec.duration = 10s;
    spec.timeout = 200ms;
    MemoryNetwork::Script script;
    script.on_bytes = [&rooms](const Peer& peer, std::string_view bytes) {
        rooms.hear(peer, bytes);
    };
    const TrialResult result = memory_trial(spec, script);
    EXPECT_EQ(result.requests.scheduled, 1000U);
    return result;
}

int one_copy(int, std::size_t) { return 1; }

TEST(Chat, AMessageIsOverWhenTheLastOfItsRoomHasIt) {
    Rooms rooms(one_copy);
    const auto result = run(rooms, 12, 3);
    EXPECT_EQ(rooms.members_.size(), 3U);
    EXPECT_EQ(rooms.members_["0"].size(), 4U);
    EXPECT_EQ(result.requests[Outcome::kOk], 1000U);
    EXPECT_EQ(result.connections_opened, 12U);
    EXPECT_NEAR(static_cast<double>(result.latency.min().count()), 4e6, 4e3);
    EXPECT_NEAR(static_cast<double>(result.latency.max().count()), 4e6, 4e3);
}

TEST(Chat, AMessageThatAMemberNeverGetsTimesOut) {
    Rooms rooms([](int n, std::size_t k) { return n == 500 && k == 2 ? 0 : 1; });
    const auto result = run(rooms, 12, 3);
    EXPECT_EQ(result.requests[Outcome::kTimeout], 1U);
    EXPECT_EQ(result.requests[Outcome::kOk], 999U);
    EXPECT_EQ(result.connections_opened, 12U);  // who waited in vain stays
}

TEST(Chat, AMessageThatComesTwiceIsAFailure) {
    Rooms rooms([](int n, std::size_t k) { return n == 500 && k == 2 ? 2 : 1; });
    const auto result = run(rooms, 12, 3);
    EXPECT_GE(result.requests[Outcome::kProtocol] + result.requests[Outcome::kTimeout], 1U);
    EXPECT_GE(result.requests[Outcome::kProtocol], 1U);
    EXPECT_GT(result.connections_opened, 12U);  // it is no longer trusted
}

TEST(Chat, AMemberWhoIsSentAwayComesBack) {
    Rooms rooms(one_copy);
    rooms.leaves = 3;
    const auto result = run(rooms, 12, 3);
    EXPECT_EQ(result.connections_opened, 13U);
    EXPECT_GE(result.requests[Outcome::kOk], 990U);
}

TEST(Chat, WhatAMemberWhoIsSentAwayNeverGetsIsResetAndTimesNobodyOut) {
    // Every message takes 4 ms to reach the last of its room, and one is on its way all the time.
    Rooms rooms(one_copy);
    rooms.leaves = 12;
    const auto result = run(rooms, 12, 3);
    EXPECT_EQ(result.requests[Outcome::kTimeout], 0U);
    EXPECT_EQ(result.requests[Outcome::kReset] + result.requests[Outcome::kOk], 1000U);
}

TEST(Chat, RefusesWhatMakesNoRooms) {
    const auto refused = [](const auto& change) {
        TrialSpec spec;
        spec.protocol = "chat";
        spec.classes.push_back({.path = "/{room}"});
        spec.connections = 4;
        change(spec);
        EXPECT_THROW(prepare_sessions(spec), std::invalid_argument);
    };
    refused([](TrialSpec& spec) { spec.threads = 2; });
    refused([](TrialSpec& spec) { spec.classes[0].path = "/"; });
    refused([](TrialSpec& spec) { spec.classes.push_back({.path = "/{room}"}); });
    refused([](TrialSpec& spec) { spec.protocol_options = {{"rooms", 5}}; });
    refused([](TrialSpec& spec) { spec.protocol_options = {{"rooms", 0}}; });
    refused([](TrialSpec& spec) { spec.protocol_options = {{"doors", 1}}; });
}

}  // namespace
}  // namespace contend
