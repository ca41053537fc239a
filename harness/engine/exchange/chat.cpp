// WebSocket chat: a request is a message to a room, complete when every member of it has it.
//
// Each connection is a member of one room, which {room} in the path names. A message starts with a
// number and its sender, so that one which comes twice, or to the wrong room, is told from a right
// one; the class's body follows.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "exchange/chat_rooms.h"
#include "exchange/registry.h"
#include "exchange/websocket_link.h"

namespace contend {

namespace {

constexpr std::size_t kNumberDigits = 16, kSenderDigits = 6;
constexpr std::size_t kHeadDigits = kNumberDigits + kSenderDigits;
constexpr std::size_t kMostMembers = 1'000'000;
constexpr std::string_view kRoom = "{room}";

// What all connections of a trial share; they are all of one thread.
struct Shared {
    Shared(const TrialSpec& spec, std::size_t room_count)
        : request(spec.classes.front()), host(spec.host), rooms(spec.connections, room_count) {
        const std::string empty_head(kHeadDigits, '0');
        frame = websocket_text::frame(websocket_text::kText, empty_head + request.body);
    }

    RequestClass request;
    std::string host;
    std::string frame;  // of a message whose number and sender are zeros
    ChatRooms rooms;
    std::vector<std::optional<std::size_t>> in_flight;  // by member: the place of its message

    // Adds those whose last member has them, or never will.
    void add_finished(Events& events) {
        while (const auto done = rooms.next_finished()) {
            over(done->sender, done->outcome, events);
        }
    }

    void over(std::size_t member, Outcome outcome, Events& events) {
        if (const auto place = std::exchange(in_flight[member], std::nullopt)) {
            events.completed(*place, outcome);
        }
    }
};

class Chat : public Session {
   public:
    explicit Chat(std::shared_ptr<Shared> shared)
        : shared_(std::move(shared)), member_(shared_->in_flight.size()), frame_(shared_->frame) {
        shared_->in_flight.emplace_back();
        std::string path = shared_->request.path;
        const auto at = path.find(kRoom);
        path.replace(at, kRoom.size(), std::to_string(shared_->rooms.room_of(member_)));
        greeting_ = websocket_text::handshake(path, shared_->host, shared_->request.headers);
    }

    [[nodiscard]] std::string_view greeting() const override { return greeting_; }

    std::string_view begin(std::size_t place, const Exchange& /*exchange*/) override {
        write_digits(0, kNumberDigits, shared_->rooms.sent(member_));
        write_digits(kNumberDigits, kSenderDigits, member_);
        shared_->in_flight[member_] = place;
        return frame_;
    }

    Reading feed(std::string_view bytes, Events& events) override {
        if (!link_.is_open()) {
            const auto handshake = link_.open(bytes);
            if (handshake != WebSocketLink::Handshake::kAgreed) {
                return {.goes_on = handshake == WebSocketLink::Handshake::kIncomplete};
            }
            shared_->rooms.joined(member_);
            events.add(Event::Kind::kOpened);
        }
        return take(bytes, events);
    }

    void end(Events& events) override { shared_->over(member_, Outcome::kReset, events); }

    // Its copies are known by their number, however late: the member stays, and others aren't kept
    // from reaching it.
    bool abandon(std::size_t) override {
        shared_->rooms.forgot(member_);
        shared_->in_flight[member_].reset();
        return true;
    }

    void reset(Events& events) override {
        link_.reset();
        heard_.clear();
        shared_->in_flight[member_].reset();
        shared_->rooms.left(member_);
        shared_->add_finished(events);
    }

   private:
    using FrameEvent = WebSocketFrames::Event;
    using Delivery = ChatRooms::Delivery;

    // Messages of anybody in the room. The connection goes on unless one is none of this trial's,
    // or came twice.
    Reading take(std::string_view bytes, Events& events) {
        bool in_step = true;
        const auto event = link_.take(
            bytes,
            [&](std::string_view piece) {
                if (heard_.size() + piece.size() > kHeadDigits + shared_->request.body.size()) {
                    in_step = false;  // too long for a message: it isn't kept
                } else {
                    heard_ += piece;
                }
            },
            [&] {
                in_step = in_step && is_right(heard_);
                heard_.clear();
            });
        shared_->add_finished(events);
        const bool goes_on = in_step && event == FrameEvent::kIncomplete;
        if (!goes_on) {
            const bool is_closed = event == FrameEvent::kClose;
            shared_->over(member_, is_closed ? Outcome::kReset : Outcome::kProtocol, events);
        }
        return {.goes_on = goes_on, .answer = link_.answer()};
    }

    bool is_right(std::string_view message) {
        std::uint64_t number = 0;
        std::uint64_t sender = 0;
        if (message.size() < kHeadDigits || message.substr(kHeadDigits) != shared_->request.body ||
            !http_text::whole_number(message.substr(0, kNumberDigits), 10, number) ||
            !http_text::whole_number(message.substr(kNumberDigits, kSenderDigits), 10, sender)) {
            return false;
        }
        const Delivery delivery = shared_->rooms.received(member_, sender, number);
        return delivery == Delivery::kTaken || delivery == Delivery::kLate;
    }

    void write_digits(std::size_t at, std::size_t width, std::uint64_t value) {
        const std::size_t payload = frame_.size() - kHeadDigits - shared_->request.body.size();
        for (std::size_t i = at + width; i-- > at; value /= 10) {
            frame_[payload + i] = websocket_text::masked(static_cast<char>('0' + value % 10), i);
        }
    }

    std::shared_ptr<Shared> shared_;
    std::size_t member_;
    std::string greeting_;
    std::string frame_;
    std::string heard_;  // of the message that is coming
    WebSocketLink link_;
};

constexpr std::array kOptions{
    ProtocolOption{"rooms", "in which the connections are spread", 1},
};

SessionMaker prepare_chat(const TrialSpec& spec) {
    const auto given = spec.protocol_options.find("rooms");
    const std::uint64_t rooms =
        given == spec.protocol_options.end() ? kOptions[0].standard : given->second;
    if (spec.threads != 1) {
        throw std::invalid_argument("chat: all members of a room are on one thread");
    }
    if (spec.classes.size() != 1 || spec.classes.front().path.find(kRoom) == std::string::npos) {
        throw std::invalid_argument("chat: one class of messages, with {room} in its path");
    }
    if (rooms < 1 || rooms > spec.connections || spec.connections > kMostMembers) {
        throw std::invalid_argument(
            fmt::format("chat: {} rooms for {} connections: at least 1 room, and a member in each",
                        rooms, spec.connections));
    }
    return
        [shared = std::make_shared<Shared>(spec, rooms)] { return std::make_unique<Chat>(shared); };
}

}  // namespace

extern const ProtocolKind kChat;
const ProtocolKind kChat{
    .name = "chat",
    .summary = "WebSocket messages to rooms, each complete when all have it",
    .prepare = &prepare_chat,
    .options = kOptions,
};

}  // namespace contend
