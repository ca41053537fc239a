// HTTP/1.1 with keep-alive and without pipelining: one request at a time on a connection.
#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "exchange/drawn_text.h"
#include "http/text.h"
#include "exchange/session.h"
#include "http/request_text.h"
#include "http/response_reader.h"

namespace contend {

namespace {

// What all connections of a trial share: a class's bytes and what its response must be.
struct PreparedClass {
    std::vector<DrawnText> requests;  // one, or one a cookie: a connection sends the same always
    int expect_status = 0;
    std::optional<DrawnText> expect_body;
    bool is_drawn = false;
    bool is_head = false;
    bool idempotent = false;
};
struct Prepared {
    std::vector<PreparedClass> classes;
    std::uint64_t seed;
    bool keep_alive;
};

// RFC 9110, 9.2.2.
bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
           method == "PUT" || method == "DELETE";
}

DrawnText request_text(const RequestClass& request, const TrialSpec& spec,
                       const std::string* cookie) {
    DrawnText text;
    text.append(request.method + " ");
    text.append(DrawnText::of(request.path, request.is_drawn));
    if (request.carries_intended) {
        text.append(DrawnText::Part::kIntended);
    }
    text.append(" HTTP/1.1\r\n");
    bool has_host = false;
    bool has_length = false;
    for (const auto& [name, value] : request.headers) {
        has_host |= http_text::same(name, "host");
        // With a Transfer-Encoding of the user's, the body is in it, and a length would be wrong.
        has_length |=
            http_text::same(name, "content-length") || http_text::same(name, "transfer-encoding");
    }
    if (!has_host) {
        text.append(fmt::format("Host: {}\r\n", spec.host));
    }
    if (!spec.keep_alive) {
        text.append("Connection: close\r\n");
    }
    for (const auto& [name, value] : request.headers) {
        text.append(fmt::format("{}: {}\r\n", name, value));
    }
    if (cookie != nullptr) {
        text.append(fmt::format("Cookie: {}\r\n", *cookie));
    }
    const DrawnText body = DrawnText::of(request.body, request.is_drawn);
    const bool usually_has_body =
        request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (!has_length && (usually_has_body || body.size() > 0)) {
        text.append(fmt::format("Content-Length: {}\r\n", body.size()));
    }
    text.append("\r\n");
    text.append(body);
    return text;
}

PreparedClass prepare(const RequestClass& request, const TrialSpec& spec) {
    request_text::require_token("the method", request.method);
    request_text::require_path(request.path);
    request_text::require_line("the host", spec.host);
    for (const auto& [name, value] : request.headers) {
        request_text::require_token("a header's name", name);
        request_text::require_line(fmt::format("the header {}", name), value);
    }
    PreparedClass prepared{.requests = {},
                           .expect_status = request.expect_status,
                           .expect_body = {},
                           .is_drawn = request.is_drawn,
                           .is_head = request.method == "HEAD",
                           .idempotent = is_idempotent(request.method)};
    if (request.expect_body) {
        prepared.expect_body = DrawnText::of(*request.expect_body, request.is_drawn);
    }
    for (const auto& cookie : request.cookies) {
        request_text::require_line("the cookie", cookie);
        prepared.requests.push_back(request_text(request, spec, &cookie));
    }
    if (request.cookies.empty()) {
        prepared.requests.push_back(request_text(request, spec, nullptr));
    }
    return prepared;
}

// As far as it has come.
bool begins_response(std::string_view bytes) {
    constexpr std::string_view kBegin = "HTTP/";
    return bytes.substr(0, kBegin.size()) == kBegin.substr(0, bytes.size());
}

class Http1 : public Protocol {
   public:
    Http1(std::shared_ptr<const Prepared> prepared, std::size_t number)
        : prepared_(std::move(prepared)),
          random_(DrawnNumbers::stream(prepared_->seed, number)),
          number_(number) {}

    void carry(TimePoint intended) override {
        intended_ = static_cast<std::uint64_t>(intended.time_since_epoch().count());
    }

    std::string_view request(std::size_t index) override {
        expected_ = &prepared_->classes[index];
        parser_.begin(expected_->is_head);
        body_bytes_ = 0;
        body_right_ = true;
        DrawnNumbers numbers = expected_->is_drawn ? DrawnNumbers::draw(random_) : DrawnNumbers{};
        numbers.intended = intended_;
        if (expected_->expect_body) {
            expected_body_ = expected_->expect_body->fill(own_body_, numbers);
        }
        const auto& variants = expected_->requests;
        return variants[number_ % variants.size()].fill(own_request_, numbers);
    }

    Reply receive(std::string_view bytes) override {
        const auto state = parser_.parse(bytes, [this](std::string_view piece) { check(piece); });
        switch (state) {
            case ResponseParser::State::kIncomplete:
                return {};
            case ResponseParser::State::kMalformed:
                return {.complete = true, .keep_alive = false, .outcome = Outcome::kProtocol};
            case ResponseParser::State::kComplete:
                break;
        }
        const std::string_view more = bytes.substr(parser_.consumed());
        const bool unasked = !more.empty();
        if (unasked && !begins_response(more)) {
            return {.complete = true, .keep_alive = false, .outcome = Outcome::kProtocol};
        }
        return {.complete = true,
                .keep_alive = parser_.keep_alive() && !unasked && prepared_->keep_alive,
                .outcome = judge(),
                .status = parser_.status(),
                .unasked = unasked};
    }

    Reply end_of_stream() override {
        const bool whole = parser_.end_of_stream() == ResponseParser::State::kComplete;
        return {.complete = true,
                .keep_alive = false,
                .outcome = whole ? judge() : Outcome::kReset,
                .status = parser_.status()};
    }

    [[nodiscard]] bool response_started() const override { return parser_.started(); }
    void reset() override { parser_.begin(false); }
    [[nodiscard]] bool idempotent(std::size_t index) const override {
        return prepared_->classes[index].idempotent;
    }

   private:
    // Compares as the body comes, so that it is never kept.
    void check(std::string_view piece) noexcept {
        if (expected_->expect_body) {
            body_right_ = body_right_ && body_bytes_ <= expected_body_.size() &&
                          expected_body_.substr(body_bytes_, piece.size()) == piece;
        }
        body_bytes_ += piece.size();
    }

    [[nodiscard]] Outcome judge() const noexcept {
        const int status = parser_.status();
        const bool status_right = expected_->expect_status == 0
                                      ? status >= 200 && status <= 299
                                      : status == expected_->expect_status;
        if (!status_right) {
            return Outcome::kStatus;
        }
        const bool whole = !expected_->expect_body || expected_->is_head ||
                           (body_right_ && body_bytes_ == expected_body_.size());
        return whole ? Outcome::kOk : Outcome::kValidation;
    }

    std::shared_ptr<const Prepared> prepared_;
    const PreparedClass* expected_ = nullptr;
    ResponseParser parser_;
    Random random_;
    std::size_t number_;  // of the trial's connections, from 0
    std::uint64_t intended_ = 0;
    // Where a request's numbers stand in its text; what others share is never written to.
    std::string own_request_;
    std::string own_body_;
    std::string_view expected_body_;
    std::uint64_t body_bytes_ = 0;
    bool body_right_ = true;
};

ProtocolMaker prepare_http1(const TrialSpec& spec) {
    auto prepared = std::make_shared<Prepared>(
        Prepared{.classes = {}, .seed = spec.seed, .keep_alive = spec.keep_alive});
    for (const auto& request_class : spec.classes) {
        prepared->classes.push_back(prepare(request_class, spec));
    }
    return [prepared = std::shared_ptr<const Prepared>(std::move(prepared)),
            made = std::make_shared<std::atomic<std::size_t>>(0)] {
        return std::make_unique<Http1>(prepared, made->fetch_add(1));
    };
}

}  // namespace

extern const ProtocolKind kHttp1;
const ProtocolKind kHttp1{"http1", "HTTP/1.1 with keep-alive, one request at a time",
                          &prepare_http1};

}  // namespace contend
