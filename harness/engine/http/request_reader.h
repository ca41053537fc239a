// Reads HTTP/1.1 requests (message_reader.h), as strictly as a server that is attacked has to.
//
// No Host or two in HTTP/1.1, and two lengths, are malformed. Lenient in one thing, as RFC
// 9112, 2.2 asks: empty lines before a request are passed over.
#pragma once

#include <string>
#include <string_view>

#include "http/message_reader.h"

namespace contend {

class RequestHead {
   public:
    static constexpr std::size_t kLongest = 16384;  // Node's limit
    static constexpr bool kLengthMayRepeat = false;

    /// What the target names, without its query.
    [[nodiscard]] std::string_view path() const noexcept {
        return std::string_view(target_).substr(0, target_.find('?'));
    }
    [[nodiscard]] bool is_head() const noexcept { return is_head_; }

    static bool may_begin(std::string_view /*text*/) noexcept { return true; }
    FirstLine first_line(std::string_view text, BodyFraming& framing);
    bool field(std::string_view name, std::string_view value) noexcept;
    [[nodiscard]] BodyEnd body(const BodyFraming& framing) const noexcept;

   private:
    std::string target_;
    bool is_head_ = false;
    bool has_host_ = false;
};

using RequestReader = MessageReader<RequestHead>;

}  // namespace contend
