#include "exchange/chat_rooms.h"

#include <gtest/gtest.h>

namespace contend {
namespace {

using Delivery = ChatRooms::Delivery;

// Four members in two rooms: 0 and 2, 1 and 3.
class ChatRoomsTest : public testing::Test {
   protected:
    ChatRoomsTest() {
        for (std::size_t member = 0; member < 4; ++member) {
            rooms_.joined(member);
        }
    }
    ChatRooms rooms_{4, 2};
};

TEST_F(ChatRoomsTest, AMessageIsFinishedOnceAllWhoWereThereHaveIt) {
    const auto number = rooms_.sent(0);
    EXPECT_EQ(rooms_.received(0, 0, number), Delivery::kTaken);
    EXPECT_FALSE(rooms_.next_finished());
    EXPECT_EQ(rooms_.received(2, 0, number), Delivery::kTaken);
    const auto done = rooms_.next_finished();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->sender, 0U);
    EXPECT_EQ(done->outcome, Outcome::kOk);
    EXPECT_FALSE(rooms_.next_finished());
}

TEST_F(ChatRoomsTest, OneThatComesTwiceSpoilsItsMessage) {
    const auto number = rooms_.sent(0);
    rooms_.received(0, 0, number);
    EXPECT_EQ(rooms_.received(0, 0, number), Delivery::kDoubled);
    rooms_.received(2, 0, number);
    EXPECT_EQ(rooms_.next_finished()->outcome, Outcome::kProtocol);
}

TEST_F(ChatRoomsTest, OneThatComesTwiceTooLateSpoilsTheNext) {
    auto number = rooms_.sent(0);
    rooms_.received(0, 0, number);
    rooms_.received(2, 0, number);
    EXPECT_EQ(rooms_.next_finished()->outcome, Outcome::kOk);
    EXPECT_EQ(rooms_.received(2, 0, number), Delivery::kDoubled);
    number = rooms_.sent(0);
    rooms_.received(0, 0, number);
    rooms_.received(2, 0, number);
    EXPECT_EQ(rooms_.next_finished()->outcome, Outcome::kProtocol);
    number = rooms_.sent(0);
    rooms_.received(0, 0, number);
    rooms_.received(2, 0, number);
    EXPECT_EQ(rooms_.next_finished()->outcome, Outcome::kOk);
}

TEST_F(ChatRoomsTest, OneThatComesAgainAfterTheNextWasSentSpoilsThatOne) {
    const auto before = rooms_.sent(0);
    rooms_.received(0, 0, before);
    rooms_.received(2, 0, before);
    EXPECT_EQ(rooms_.next_finished()->outcome, Outcome::kOk);
    const auto number = rooms_.sent(0);
    EXPECT_EQ(rooms_.received(2, 0, before), Delivery::kDoubled);
    rooms_.received(0, 0, number);
    rooms_.received(2, 0, number);
    EXPECT_EQ(rooms_.next_finished()->outcome, Outcome::kProtocol);
}

TEST_F(ChatRoomsTest, WhatIsNoneOfTheirsIsStray) {
    const auto number = rooms_.sent(0);
    EXPECT_EQ(rooms_.received(1, 0, number), Delivery::kStray);  // in the other room
    EXPECT_EQ(rooms_.received(2, 9, number), Delivery::kStray);
    EXPECT_EQ(rooms_.received(2, 0, number + 1), Delivery::kStray);
    EXPECT_EQ(rooms_.received(0, 2, number), Delivery::kLate);  // that one has sent nothing
}

TEST_F(ChatRoomsTest, WhoComesLaterIsNotWaitedFor) {
    rooms_.left(2);
    const auto number = rooms_.sent(0);
    rooms_.joined(2);
    EXPECT_EQ(rooms_.received(2, 0, number), Delivery::kLate);
    EXPECT_EQ(rooms_.received(0, 0, number), Delivery::kTaken);
    EXPECT_EQ(rooms_.next_finished()->outcome, Outcome::kOk);
}

TEST_F(ChatRoomsTest, AMessageThatWasGivenUpIsLate) {
    const auto number = rooms_.sent(0);
    rooms_.received(2, 0, number);
    rooms_.left(0);
    rooms_.joined(0);
    EXPECT_EQ(rooms_.received(2, 0, number), Delivery::kLate);
    EXPECT_EQ(rooms_.received(0, 0, number), Delivery::kLate);
    EXPECT_FALSE(rooms_.next_finished());
}

}  // namespace
}  // namespace contend
