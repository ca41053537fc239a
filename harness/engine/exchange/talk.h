// A session that is talked to, with what comes of it. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "exchange/registry.h"

namespace contend {

/// What was made of bytes, or of the stream's end.
struct Heard {
    bool opened = false;
    bool complete = false;  // the exchange that was begun last
    Outcome outcome = Outcome::kOk;
    bool goes_on = true;
    bool was_asked = true;
    std::string answer{};
    bool operator==(const Heard&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Heard& heard) {
    return out << (heard.complete ? kOutcomeNames[static_cast<std::size_t>(heard.outcome)]
                                  : std::string_view("incomplete"))
               << (heard.goes_on ? "" : ", over") << (heard.was_asked ? "" : ", unasked");
}

class Talk {
   public:
    explicit Talk(const TrialSpec& spec) : Talk(prepare_sessions(spec)()) {}
    explicit Talk(std::unique_ptr<Session> session) : session_(std::move(session)) {}

    [[nodiscard]] Session& session() { return *session_; }

    std::string_view begin(std::uint32_t class_index = 0, TimePoint intended = {}) {
        Exchange exchange;
        exchange.class_index = class_index;
        exchange.intended = intended;
        return session_->begin(++place_, exchange);
    }
    Heard hear(std::string_view bytes) {
        const Reading reading = session_->feed(bytes, events_);
        Heard heard = events();
        heard.goes_on = reading.goes_on;
        heard.was_asked = reading.was_asked;
        heard.answer = reading.answer;
        return heard;
    }
    Heard end() {
        session_->end(events_);
        Heard heard = events();
        heard.goes_on = false;
        return heard;
    }
    void reset() { session_->reset(events_); }

   private:
    Heard events() {
        Heard heard;
        events_.drain([&](const Event& event) {
            if (event.kind == Event::Kind::kOpened) {
                heard.opened = true;
                return;
            }
            EXPECT_EQ(event.kind, Event::Kind::kCompleted);
            EXPECT_EQ(event.which, place_);
            EXPECT_FALSE(heard.complete);
            heard.complete = true;
            heard.outcome = event.outcome;
        });
        return heard;
    }

    std::unique_ptr<Session> session_;
    Events events_;
    std::size_t place_ = 6;
};

}  // namespace contend
