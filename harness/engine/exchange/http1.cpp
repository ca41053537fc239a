// HTTP/1.1 with keep-alive and without pipelining: one exchange at a time on a connection.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "exchange/drawn_text.h"
#include "exchange/prepared_request.h"
#include "exchange/registry.h"
#include "http/response_reader.h"

namespace contend {

namespace {

struct Prepared {
    std::vector<PreparedRequest> classes;
    std::uint64_t seed;
    bool keep_alive;
};

// As far as it has come.
bool begins_response(std::string_view bytes) {
    constexpr std::string_view kBegin = "HTTP/";
    return bytes.substr(0, kBegin.size()) == kBegin.substr(0, bytes.size());
}

class Http1 : public Session {
   public:
    Http1(std::shared_ptr<const Prepared> prepared, std::size_t number)
        : prepared_(std::move(prepared)),
          random_(DrawnNumbers::stream(prepared_->seed, number)),
          number_(number) {}

    std::string_view begin(std::size_t place, const Exchange& exchange) override {
        place_ = place;
        expected_ = &prepared_->classes[exchange.class_index];
        is_in_flight_ = true;
        reader_.begin({.to_head = expected_->is_head});
        body_bytes_ = 0;
        body_right_ = true;
        DrawnNumbers numbers = expected_->is_drawn ? DrawnNumbers::draw(random_) : DrawnNumbers{};
        numbers.intended = static_cast<std::uint64_t>(exchange.intended.time_since_epoch().count());
        if (expected_->expect_body) {
            expected_body_ = expected_->expect_body->fill(own_body_, numbers);
        }
        const auto& texts = expected_->texts;
        return texts[number_ % texts.size()].fill(own_request_, numbers);
    }

    // Bytes beyond a response's end make it kProtocol ("overlong"), unless they are a response that
    // nobody asked for.
    Reading feed(std::string_view bytes, Events& events) override {
        if (!is_in_flight_) {
            return {.goes_on = false, .was_asked = false};
        }
        const auto state = reader_.read(bytes, [this](std::string_view piece) { check(piece); });
        if (state == ReadState::kIncomplete) {
            return {};
        }
        const std::string_view more = bytes.substr(reader_.consumed());
        if (state != ReadState::kComplete || !begins_response(more)) {
            over(Outcome::kProtocol, events);
            return {.goes_on = false};
        }
        over(judge(), events);
        return {.goes_on = more.empty() && reader_.keep_alive() && prepared_->keep_alive,
                .was_asked = more.empty()};
    }

    void end(Events& events) override {
        if (is_in_flight_) {
            const bool is_whole = reader_.end_of_stream() == ReadState::kComplete;
            over(is_whole ? judge() : Outcome::kReset, events);
        }
    }

    [[nodiscard]] bool is_answered(std::size_t) const override { return reader_.started(); }
    void reset(Events&) override { is_in_flight_ = false; }

   private:
    void over(Outcome outcome, Events& events) {
        is_in_flight_ = false;
        events.completed(place_, outcome, reader_.head().status);
    }

    // Compares as the body comes, so that it is never kept.
    void check(std::string_view piece) noexcept {
        if (expected_->expect_body) {
            body_right_ = body_right_ && body_bytes_ <= expected_body_.size() &&
                          expected_body_.substr(body_bytes_, piece.size()) == piece;
        }
        body_bytes_ += piece.size();
    }

    [[nodiscard]] Outcome judge() const noexcept {
        if (!expected_->is_right(reader_.head().status)) {
            return Outcome::kStatus;
        }
        const bool is_right = !expected_->expect_body || expected_->is_head ||
                              (body_right_ && body_bytes_ == expected_body_.size());
        return is_right ? Outcome::kOk : Outcome::kValidation;
    }

    std::shared_ptr<const Prepared> prepared_;
    const PreparedRequest* expected_ = nullptr;
    ResponseReader reader_;
    Random random_;
    std::size_t number_;  // of the trial's connections, from 0
    std::size_t place_ = 0;
    bool is_in_flight_ = false;
    bool body_right_ = true;
    std::uint64_t body_bytes_ = 0;
    // Where a request's numbers stand in its text; what others share is never written to.
    std::string own_request_;
    std::string own_body_;
    std::string_view expected_body_;
};

SessionMaker prepare_http1(const TrialSpec& spec) {
    Prepared prepared{.classes = {}, .seed = spec.seed, .keep_alive = spec.keep_alive};
    for (const auto& request_class : spec.classes) {
        prepared.classes.emplace_back(request_class, spec);
    }
    return [prepared = std::make_shared<const Prepared>(std::move(prepared)),
            made = std::make_shared<std::atomic<std::size_t>>(0)] {
        return std::make_unique<Http1>(prepared, made->fetch_add(1));
    };
}

}  // namespace

extern const ProtocolKind kHttp1;
const ProtocolKind kHttp1{.name = "http1",
                          .summary = "HTTP/1.1 with keep-alive, one request at a time",
                          .prepare = &prepare_http1};

}  // namespace contend
