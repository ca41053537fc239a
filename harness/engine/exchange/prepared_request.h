// A class of HTTP/1.1 requests made ready: its bytes, and what its response must be.
//
// Shared by all connections of a trial and never written to: safe from any thread.
#pragma once

#include <optional>
#include <vector>

#include "core/trial_spec.h"
#include "exchange/drawn_text.h"

namespace contend {

struct PreparedRequest {
    /// Throws std::invalid_argument when a part of it holds what it can't.
    PreparedRequest(const RequestClass& request, const TrialSpec& spec);

    [[nodiscard]] bool is_right(int status) const noexcept {
        return expect_status == 0 ? status >= 200 && status <= 299 : status == expect_status;
    }

    std::vector<DrawnText> texts;  // one, or one a cookie: a connection sends the same always
    int expect_status = 0;
    std::optional<DrawnText> expect_body;
    bool is_drawn = false;
    bool is_head = false;
};

}  // namespace contend
