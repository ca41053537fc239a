// What Boost.Beast's HTTP/1 parser makes of the same bytes. For the fuzz targets only: Beast was
// written by others from the same RFCs, so that where it and a parser of ours mean different
// things, one of the two is wrong.
//
// Where Beast and we differ for a good reason, that reason stands here if it is one for requests
// and responses, else in the target. Beast's headers take seconds to compile, each time.
#pragma once

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "http/text.h"

namespace contend {

/// Keeps a body as it comes. Beast's own string_body reserves what a Content-Length promises.
struct HeardBody {
    using value_type = std::string;

    class reader {  // NOLINT(readability-identifier-naming): Beast's name
       public:
        template <bool is_request, class Fields>
        reader(boost::beast::http::header<is_request, Fields>& /*head*/, value_type& body)
            : body_(body) {}

        void init(const boost::optional<std::uint64_t>& /*length*/,
                  boost::beast::error_code& error) {
            error = {};
        }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, boost::beast::error_code& error) {
            error = {};
            std::size_t taken = 0;
            for (auto at = boost::asio::buffer_sequence_begin(buffers);
                 at != boost::asio::buffer_sequence_end(buffers); ++at) {
                const boost::asio::const_buffer piece = *at;
                body_.append(static_cast<const char*>(piece.data()), piece.size());
                taken += piece.size();
            }
            return taken;
        }
        void finish(boost::beast::error_code& error) { error = {}; }

       private:
        value_type& body_;
    };
};

template <bool is_request>
class SecondOpinion {
   public:
    using Parser = boost::beast::http::parser<is_request, HeardBody>;
    using Field = boost::beast::http::field;

    /// Of a message that comes in these pieces, before which there may be interim responses, and
    /// of the stream's end behind them; without a body when `to_head`.
    explicit SecondOpinion(const std::vector<std::string_view>& pieces, bool to_head = false)
        : to_head_(to_head) {
        begin();
        for (const auto piece : pieces) {
            hear(piece);
        }
        until_close_ = undecided();
        if (until_close_) {
            end_of_stream();
        }
    }
    SecondOpinion(const SecondOpinion&) = delete;
    SecondOpinion& operator=(const SecondOpinion&) = delete;

    [[nodiscard]] bool accepted() const { return !error_ && last().is_done(); }
    /// Whether the stream's end was needed to know.
    [[nodiscard]] bool until_close() const noexcept { return until_close_; }
    /// Why it is not accepted.
    [[nodiscard]] boost::beast::error_code error() const { return error_; }
    [[nodiscard]] std::size_t end() const noexcept { return end_; }
    [[nodiscard]] const Parser& last() const { return messages_.back(); }
    /// The final message; before it, interim responses.
    [[nodiscard]] const std::list<Parser>& messages() const noexcept { return messages_; }

    /// Whether found(value) for the value of any such field, in heads or trailers.
    template <class Found>
    [[nodiscard]] bool any_field(Field name, Found found) const {
        for (const auto& message : messages_) {
            for (const auto& field : message.get()) {
                const auto value = field.value();
                if (field.name() == name && found(std::string_view(value.data(), value.size()))) {
                    return true;
                }
            }
        }
        return false;
    }
    /// How often the last head, without trailers, has such a field.
    [[nodiscard]] std::size_t count_in_head(Field name) const { return head_.count(name); }

    /// Whether Beast let through what is malformed.
    [[nodiscard]] bool is_too_lenient() const noexcept {
        // RFC 9110, 5.6.4: a quoted string, in an extension of a chunk, holds no control
        // characters.
        return control_in_extension_;
    }

    /// Whether Beast refused what the RFCs let through.
    [[nodiscard]] bool is_too_strict() const {
        using HttpError = boost::beast::http::error;
        const bool in_chunks = last().is_header_done() && last().chunked();
        return
            // RFC 9110, 7.6.1: only options that are known are heeded. Beast refuses a message for
            // a malformed list, also in Proxy-Connection, which is none of HTTP's fields.
            error_ == HttpError::bad_value ||
            // RFC 9112, 7.1.1: extensions that are not known are ignored. Beast looks for the end
            // of a quoted string behind the line's end, where it can't be (RFC 9110, 5.6.4).
            (in_chunks &&
             (error_ == HttpError::bad_chunk_extension ||
              (error_ == HttpError::partial_message && pending_.find('"') != std::string::npos))) ||
            // RFC 9110, 6.5.1: what a trailer says of the message's length is not heeded.
            (in_chunks && (error_ == HttpError::bad_content_length ||
                           error_ == HttpError::multiple_content_length ||
                           error_ == HttpError::bad_transfer_encoding));
    }

    /// Whether Beast may be wrong of what becomes of the connection.
    [[nodiscard]] bool may_misjudge_persistence() const {
        return
            // RFC 9112, 9.3: "close" is asked for first, in HTTP/1.0 too.
            last().get().version() == 10 ||
            // RFC 9112, C.2.2: Proxy-Connection is none of HTTP's fields.
            last().get().count(Field::proxy_connection) > 0 ||
            // RFC 9110, 6.5.1: options of the connection can't be in trailers.
            last().get().count(Field::connection) > count_in_head(Field::connection);
    }

   private:
    [[nodiscard]] Parser& current() { return messages_.back(); }
    [[nodiscard]] bool undecided() const { return !error_ && !last().is_done(); }

    // Chunks end with 5 bytes at least. Beast asserts that it has them when it looks again for the
    // end of an empty body, which is wrong when it looked at the first 3 or 4 alone before.
    [[nodiscard]] std::size_t least() const {
        return last().is_header_done() && last().chunked() ? 5 : 1;
    }

    void begin() {
        Parser& parser = messages_.emplace_back();
        // Stops behind the head, so that its fields and the trailers' can be told apart.
        parser.eager(false);
        parser.skip(to_head_);
        parser.body_limit(boost::none);
        parser.header_limit(std::numeric_limits<std::uint32_t>::max());
        parser.on_chunk_header(on_chunk_header_);
    }

    void hear(std::string_view piece) {
        pending_ += piece;
        while (undecided() && pending_.size() >= least()) {
            const bool had_head = last().is_header_done();
            const std::size_t taken = current().put(boost::asio::buffer(pending_), error_);
            pending_.erase(0, taken);
            end_ += taken;
            if (error_ == boost::beast::http::error::need_more) {
                error_ = {};
                break;
            }
            if (!had_head && last().is_header_done()) {
                head_ = last().get().base();
            }
            if (last().is_done() && is_interim()) {
                begin();
            }
        }
    }

    void end_of_stream() {
        if (last().got_some()) {
            current().put_eof(error_);
        } else {
            error_ = boost::beast::http::error::end_of_stream;
        }
    }

    [[nodiscard]] bool is_interim() const {
        if constexpr (is_request) {
            return false;
        } else {
            const unsigned status = last().get().result_int();
            return status >= 100 && status < 200 && status != 101;
        }
    }

    bool to_head_;
    bool until_close_ = false;
    bool control_in_extension_ = false;
    std::list<Parser> messages_;
    std::string pending_;  // has come and is not yet parsed
    std::size_t end_ = 0;
    typename Parser::value_type::header_type head_;
    boost::beast::error_code error_;
    std::function<void(std::uint64_t, boost::beast::string_view, boost::beast::error_code&)>
        on_chunk_header_ =
            [this](std::uint64_t, boost::beast::string_view extension, boost::beast::error_code&) {
                const std::string_view text(extension.data(), extension.size());
                control_in_extension_ |= http_text::first_control(text) < text.size();
            };
};

}  // namespace contend
