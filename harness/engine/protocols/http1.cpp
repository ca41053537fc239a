// HTTP/1.1 with keep-alive and without pipelining: one request at a time on a connection.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocols/http_text.h"
#include "protocols/protocol.h"
#include "protocols/response_parser.h"

namespace contend {

namespace {

// Of an intended time that a path carries: as many as 64 bits need, so that no request is longer
// than another.
constexpr std::size_t kIntendedDigits = 20;

// What all connections of a trial share: a class's bytes and what its response must be.
struct PreparedClass {
    std::string bytes;
    std::size_t intended_at = 0;  // where in them the intended time stands; 0: nowhere
    int expect_status = 0;
    std::optional<std::string> expect_body;
    bool is_head = false;
    bool idempotent = false;
};
using PreparedClasses = std::vector<PreparedClass>;

void require_line(std::string_view what, std::string_view text) {
    if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
        throw std::invalid_argument(fmt::format("{} holds a line break or a zero byte", what));
    }
}

void require_token(std::string_view what, std::string_view text) {
    require_line(what, text);
    if (!http_text::is_token(text)) {
        throw std::invalid_argument(
            fmt::format("{} '{}' is empty or holds a character that it can't", what, text));
    }
}

void require_path(std::string_view text) {
    require_line("the path", text);
    if (text.empty() || text.find_first_of(" \t") != std::string_view::npos) {
        throw std::invalid_argument(fmt::format("the path '{}' is empty or holds a space", text));
    }
}

// RFC 9110, 9.2.2.
bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
           method == "PUT" || method == "DELETE";
}

PreparedClass prepare(const RequestClass& request, std::string_view host) {
    require_token("the method", request.method);
    require_path(request.path);
    require_line("the host", host);
    std::string bytes = fmt::format("{} {}", request.method, request.path);
    const std::size_t intended_at = request.carries_intended ? bytes.size() : 0;
    bytes.append(request.carries_intended ? kIntendedDigits : 0, '0');
    bytes += " HTTP/1.1\r\n";
    bool has_host = false;
    bool has_length = false;
    for (const auto& [name, value] : request.headers) {
        require_token("a header's name", name);
        require_line(fmt::format("the header {}", name), value);
        has_host |= http_text::same(name, "host");
        // With a Transfer-Encoding of the user's, the body is in it, and a length would be wrong.
        has_length |=
            http_text::same(name, "content-length") || http_text::same(name, "transfer-encoding");
    }
    if (!has_host) {
        bytes += fmt::format("Host: {}\r\n", host);
    }
    for (const auto& [name, value] : request.headers) {
        bytes += fmt::format("{}: {}\r\n", name, value);
    }
    const bool usually_has_body =
        request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (!has_length && (usually_has_body || !request.body.empty())) {
        bytes += fmt::format("Content-Length: {}\r\n", request.body.size());
    }
    bytes += "\r\n";
    bytes += request.body;
    return {.bytes = std::move(bytes),
            .intended_at = intended_at,
            .expect_status = request.expect_status,
            .expect_body = request.expect_body,
            .is_head = request.method == "HEAD",
            .idempotent = is_idempotent(request.method)};
}

class Http1 : public Protocol {
   public:
    explicit Http1(std::shared_ptr<const PreparedClasses> classes) : classes_(std::move(classes)) {}

    void carry(TimePoint intended) override { intended_ = intended; }

    std::string_view request(std::size_t index) override {
        expected_ = &(*classes_)[index];
        parser_.begin(expected_->is_head);
        body_bytes_ = 0;
        body_right_ = true;
        return expected_->intended_at == 0 ? std::string_view(expected_->bytes) : with_intended();
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
        if (parser_.consumed() < bytes.size()) {
            return {.complete = true, .keep_alive = false, .outcome = Outcome::kProtocol};
        }
        return {.complete = true, .keep_alive = parser_.keep_alive(), .outcome = judge()};
    }

    Reply end_of_stream() override {
        const bool whole = parser_.end_of_stream() == ResponseParser::State::kComplete;
        return {
            .complete = true, .keep_alive = false, .outcome = whole ? judge() : Outcome::kReset};
    }

    [[nodiscard]] bool response_started() const override { return parser_.started(); }
    void reset() override { parser_.begin(false); }
    [[nodiscard]] bool idempotent(std::size_t index) const override {
        return (*classes_)[index].idempotent;
    }

   private:
    // In a copy of the connection's own, which allocates once: the class's bytes are all others'.
    std::string_view with_intended() {
        own_bytes_ = expected_->bytes;
        auto rest = static_cast<std::uint64_t>(intended_.time_since_epoch().count());
        for (std::size_t i = kIntendedDigits; i-- > 0; rest /= 10) {
            own_bytes_[expected_->intended_at + i] = static_cast<char>('0' + rest % 10);
        }
        return own_bytes_;
    }

    // Compares as the body comes, so that it is never kept.
    void check(std::string_view piece) noexcept {
        if (expected_->expect_body) {
            const std::string_view whole = *expected_->expect_body;
            body_right_ = body_right_ && body_bytes_ <= whole.size() &&
                          whole.substr(body_bytes_, piece.size()) == piece;
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
                           (body_right_ && body_bytes_ == expected_->expect_body->size());
        return whole ? Outcome::kOk : Outcome::kValidation;
    }

    std::shared_ptr<const PreparedClasses> classes_;
    const PreparedClass* expected_ = nullptr;
    ResponseParser parser_;
    TimePoint intended_{};
    std::string own_bytes_;
    std::uint64_t body_bytes_ = 0;
    bool body_right_ = true;
};

ProtocolMaker prepare_http1(const TrialSpec& spec) {
    auto classes = std::make_shared<PreparedClasses>();
    for (const auto& request_class : spec.classes) {
        classes->push_back(prepare(request_class, spec.host));
    }
    return [classes = std::shared_ptr<const PreparedClasses>(std::move(classes))] {
        return std::make_unique<Http1>(classes);
    };
}

}  // namespace

extern const ProtocolKind kHttp1;
const ProtocolKind kHttp1{"http1", "HTTP/1.1 with keep-alive, one request at a time",
                          &prepare_http1};

}  // namespace contend
