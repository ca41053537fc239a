#include "exchange/prepared_request.h"

#include <fmt/format.h>

#include <string>

#include "http/request_text.h"
#include "http/text.h"

namespace contend {

namespace {

DrawnText text_of(const RequestClass& request, const TrialSpec& spec, const std::string* cookie) {
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

}  // namespace

PreparedRequest::PreparedRequest(const RequestClass& request, const TrialSpec& spec)
    : expect_status(request.expect_status),
      is_drawn(request.is_drawn),
      is_head(request.method == "HEAD") {
    request_text::require_token("the method", request.method);
    request_text::require_path(request.path);
    request_text::require_line("the host", spec.host);
    for (const auto& [name, value] : request.headers) {
        request_text::require_token("a header's name", name);
        request_text::require_line(fmt::format("the header {}", name), value);
    }
    if (request.expect_body) {
        expect_body = DrawnText::of(*request.expect_body, request.is_drawn);
    }
    for (const auto& cookie : request.cookies) {
        request_text::require_line("the cookie", cookie);
        texts.push_back(text_of(request, spec, &cookie));
    }
    if (request.cookies.empty()) {
        texts.push_back(text_of(request, spec, nullptr));
    }
}

}  // namespace contend
