// Reads HTTP/1.1 responses (message_reader.h).
//
// A status line may lack its reason. Interim responses are passed over; 101 is malformed, since
// nobody asked.
#pragma once

#include <string_view>

#include "http/message_reader.h"

namespace contend {

struct ResponseHead {
    static constexpr std::size_t kLongest = 65536;
    static constexpr bool kLengthMayRepeat = true;

    bool to_head = false;  // answers HEAD: no body, whatever it says (RFC 9110, 9.3.2)
    int status = 0;        // of the final response, once its status line has come; 0 before

    [[nodiscard]] bool may_begin(std::string_view text) const noexcept;
    FirstLine first_line(std::string_view text, BodyFraming& framing) noexcept;
    static bool field(std::string_view /*name*/, std::string_view /*value*/) noexcept {
        return true;
    }
    [[nodiscard]] BodyEnd body(const BodyFraming& framing) noexcept;
};

using ResponseReader = MessageReader<ResponseHead>;

}  // namespace contend
