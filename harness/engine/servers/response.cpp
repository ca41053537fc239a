#include "servers/response.h"

#include <fmt/format.h>

#include <iterator>
#include <stdexcept>

namespace contend {

namespace {

std::string_view reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 404:
            return "Not Found";
        case 431:
            return "Request Header Fields Too Large";
        case 503:
            return "Service Unavailable";
        default:
            throw std::logic_error("a response with an unnamed status");
    }
}

std::string_view connection_line(ResponseForm form) {
    if (!form.keep_alive) {
        return "Connection: close\r\n";
    }
    return form.http_1_0 ? "Connection: keep-alive\r\n" : "";
}

}  // namespace

void append_response(std::string& bytes, const Response& response, ResponseForm form) {
    fmt::format_to(std::back_inserter(bytes),
                   "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}",
                   response.status, reason(response.status), response.content_type,
                   response.body.size(), connection_line(form),
                   form.to_head ? std::string_view() : std::string_view(response.body));
}

}  // namespace contend
