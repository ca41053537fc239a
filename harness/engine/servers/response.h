// What a reference server answers, and the bytes of it: one response is one piece, so that it
// leaves in one write.
//
// Values and a pure function.
#pragma once

#include <string>
#include <string_view>

namespace contend {

struct Response {
    int status = 200;
    std::string_view content_type = "text/plain";
    std::string body = {};
};

/// What a response has to say of its connection, and whether its body is left out.
struct ResponseForm {
    bool keep_alive = true;
    bool http_1_0 = false;  // where keeping a connection alive has to be said
    bool to_head = false;
};

void append_response(std::string& bytes, const Response& response, ResponseForm form);

}  // namespace contend
