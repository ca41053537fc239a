// Who is in which chat room, and whom each message has still to reach.
//
// A member has one message on its way at a time. Members are numbered from 0 and spread over the
// rooms in turn. Nothing is allocated after the constructor but the list of what has finished. Used
// by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/outcome.h"

namespace contend {

class ChatRooms {
   public:
    enum class Delivery : std::uint8_t { kTaken, kDoubled, kLate, kStray };

    struct Finished {
        std::size_t sender = 0;
        Outcome outcome = Outcome::kOk;  // kProtocol: a member got it, or the one before, twice
    };

    ChatRooms(std::size_t members, std::size_t rooms)
        : rooms_(rooms), present_(rooms, 0), members_(members) {
        const std::size_t most = (members + rooms - 1) / rooms;
        for (auto& member : members_) {
            member.has_it.resize(most);
        }
    }

    [[nodiscard]] std::size_t room_of(std::size_t member) const noexcept { return member % rooms_; }

    void joined(std::size_t member) {
        if (!members_[member].is_present) {
            members_[member].is_present = true;
            members_[member].joined_after = last_number_;
            ++present_[room_of(member)];
        }
    }

    /// What was on its way to the member never reaches it: such messages are over once all others
    /// have them, and their outcome is kReset.
    void left(std::size_t member) {
        if (members_[member].is_present) {
            members_[member].is_present = false;
            --present_[room_of(member)];
            for (std::size_t other = room_of(member); other < members_.size(); other += rooms_) {
                if (other != member) {
                    give_up_reaching(member, other);
                }
            }
        }
        forgot(member);
    }

    /// The member's message is given up: what others still get of it is late.
    void forgot(std::size_t member) {
        members_[member].on_its_way = members_[member].finished = 0;
        members_[member].was_doubled = members_[member].was_lost = false;
    }

    /// The number of a message that everybody who is in the room now is to get.
    /// REQUIRES: the member is present and has none on its way.
    std::uint64_t sent(std::size_t sender) {
        Member& member = members_[sender];
        member.on_its_way = ++last_number_;
        member.missing = present_[room_of(sender)];
        member.has_it.assign(member.has_it.size(), false);
        return last_number_;
    }

    Delivery received(std::size_t receiver, std::size_t sender, std::uint64_t number) {
        if (sender >= members_.size() || room_of(sender) != room_of(receiver) ||
            number > last_number_) {
            return Delivery::kStray;
        }
        Member& from = members_[sender];
        if (number == 0 || (number != from.on_its_way && number != from.finished) ||
            members_[receiver].joined_after >= number) {
            return Delivery::kLate;
        }
        if (number == from.finished || from.has_it[receiver / rooms_]) {
            from.was_doubled = true;
            return Delivery::kDoubled;
        }
        from.has_it[receiver / rooms_] = true;
        one_less(sender);
        return Delivery::kTaken;
    }

    [[nodiscard]] std::optional<Finished> next_finished() {
        if (finished_.empty()) {
            return std::nullopt;
        }
        const Finished next = finished_.front();
        finished_.pop_front();
        return next;
    }

   private:
    struct Member {
        bool is_present = false;
        bool was_doubled = false;
        bool was_lost = false;  // somebody left before having it
        std::uint64_t joined_after = 0;
        std::uint64_t on_its_way = 0;  // 0: none
        std::uint64_t finished = 0;    // the last one
        std::size_t missing = 0;
        std::vector<bool> has_it;  // by the receivers' places in the room
    };

    void give_up_reaching(std::size_t receiver, std::size_t sender) {
        Member& from = members_[sender];
        const std::size_t place = receiver / rooms_;
        const bool was_there = members_[receiver].joined_after < from.on_its_way;
        if (from.on_its_way != 0 && was_there && !from.has_it[place]) {
            from.has_it[place] = from.was_lost = true;
            one_less(sender);
        }
    }

    void one_less(std::size_t sender) {
        Member& from = members_[sender];
        if (--from.missing > 0) {
            return;
        }
        const Outcome lost = from.was_lost ? Outcome::kReset : Outcome::kOk;
        finished_.push_back({sender, from.was_doubled ? Outcome::kProtocol : lost});
        from.finished = from.on_its_way;
        from.on_its_way = 0;
        from.was_doubled = from.was_lost = false;
    }

    std::size_t rooms_;
    std::vector<std::size_t> present_;  // by room
    std::vector<Member> members_;
    std::uint64_t last_number_ = 0;
    std::deque<Finished> finished_;
};

}  // namespace contend
