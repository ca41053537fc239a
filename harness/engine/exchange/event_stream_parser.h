// Server-sent events as they come (HTML Living Standard, 9.2.6), taken apart line by line.
//
// Knows events and their fields `id` and `data`, not what they should hold. A value of one stream.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace contend {

class EventStreamParser {
   public:
    /// Longer lines are none of this trial's.
    static constexpr std::size_t kMostLineBytes = 65536;

    struct Event {
        std::string_view id;
        std::string_view data;
    };

    /// Calls on_event(event) for each event that ends in `bytes`, whose texts are valid meanwhile.
    /// False at a line or at data that is too long: only a fresh object is of use then.
    template <class OnEvent>
    bool parse(std::string_view bytes, OnEvent on_event) {
        for (const char c : bytes) {
            if (c == '\n' && after_return_) {
                after_return_ = false;
                continue;
            }
            after_return_ = c == '\r';
            if (c != '\n' && c != '\r') {
                if (line_.size() == kMostLineBytes) {
                    return false;
                }
                line_ += c;
            } else if (line_.empty()) {
                end_event(on_event);
            } else {
                field();
                line_.clear();
                if (data_.size() > kMostLineBytes) {
                    return false;
                }
            }
        }
        return true;
    }

   private:
    template <class OnEvent>
    void end_event(OnEvent on_event) {
        if (has_data_) {
            on_event(Event{.id = id_, .data = data_});
        }
        // The id stays: an event without one has the last.
        data_.clear();
        has_data_ = false;
    }

    void field() {
        std::string_view line = line_;
        if (at_start_ && line.starts_with("\xEF\xBB\xBF")) {
            line.remove_prefix(3);
        }
        at_start_ = false;
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        std::string_view value =
            colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
        if (value.starts_with(' ')) {
            value.remove_prefix(1);
        }
        if (name == "data") {
            if (has_data_) {
                data_ += '\n';
            }
            data_ += value;
            has_data_ = true;
        } else if (name == "id" && value.find('\0') == std::string_view::npos) {
            id_ = value;
        }
    }

    std::string line_;
    std::string id_;
    std::string data_;
    bool has_data_ = false;
    bool after_return_ = false;  // a line feed that follows ends no line
    bool at_start_ = true;
};

}  // namespace contend
