// An incremental parser of HTTP/1.1 responses (RFC 9112): bytes in, in pieces of any size.
//
// Does no I/O, allocates nothing once its line buffer has grown, and hands the body out as
// views into the input. One parser a connection; begin() readies it for the next response.
//
// Strict where leniency would hide a broken server: a bare CR or LF, a folded header, whitespace
// before a colon, control characters, differing lengths or a list of them, another transfer
// coding than chunks, and chunks beside a length or in HTTP/1.0 are all malformed (as is 101:
// nobody asked). Lenient where nothing is hidden: a status line may lack its reason, and a
// chunk's size may be padded. What trailers and chunk extensions say is not looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace contend {

class ResponseParser {
   public:
    /// The head, a chunk's line, and the trailers may each not be longer than this.
    static constexpr std::size_t kMaxHead = 65536;

    enum class State : std::uint8_t { kIncomplete, kComplete, kMalformed };

    /// Expects a response, without a body whatever it says when `to_head` (RFC 9110, 9.3.2).
    void begin(bool to_head) noexcept;

    /// Parses what it can of `bytes` and calls body(view) for each piece of the body. Stops
    /// behind the response's end; consumed() says how far it came.
    /// REQUIRES: state() is kIncomplete.
    template <class Body>
    State parse(std::string_view bytes, Body&& body) {
        const char* const begin = bytes.data();
        while (state_ == State::kIncomplete && !bytes.empty()) {
            if (in_body()) {
                const std::string_view piece = bytes.substr(0, left_);
                body(piece);
                bytes.remove_prefix(piece.size());
                take_body(piece.size());
            } else {
                bytes.remove_prefix(parse_line(bytes));
            }
        }
        consumed_ = static_cast<std::size_t>(bytes.data() - begin);
        return state_;
    }

    /// The peer has closed: whole only for a body that ends with the connection.
    State end_of_stream() noexcept;

    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] std::size_t consumed() const noexcept { return consumed_; }
    [[nodiscard]] bool started() const noexcept { return started_; }
    /// Of the final response, once its status line has come; 0 before.
    [[nodiscard]] int status() const noexcept { return status_; }
    /// Meaningful once complete.
    [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }

   private:
    enum class Expect : std::uint8_t {
        kStatusLine,
        kHeader,
        kSizedBody,
        kBodyUntilClose,
        kChunkSize,
        kChunk,
        kChunkEnd,
        kTrailer,
    };

    [[nodiscard]] bool in_body() const noexcept {
        return expect_ == Expect::kSizedBody || expect_ == Expect::kBodyUntilClose ||
               expect_ == Expect::kChunk;
    }
    void take_body(std::size_t count) noexcept;
    std::size_t parse_line(std::string_view bytes);
    void begun_line(std::string_view text) noexcept;
    void line(std::string_view text);
    void status_line(std::string_view text);
    void header(std::string_view text);
    void field(std::string_view name, std::string_view value);
    void connection_options(std::string_view value) noexcept;
    void content_length(std::string_view value) noexcept;
    void chunk_size(std::string_view text) noexcept;
    void end_of_head() noexcept;
    void malformed() noexcept { state_ = State::kMalformed; }

    State state_ = State::kComplete;
    Expect expect_ = Expect::kStatusLine;
    bool started_ = false;
    bool to_head_ = false;
    bool http_1_0_ = false;
    bool keep_alive_ = false;
    bool close_ = false;
    bool has_length_ = false;
    bool chunked_ = false;
    int status_ = 0;
    std::size_t consumed_ = 0;
    std::size_t head_bytes_ = 0;
    std::uint64_t left_ = 0;  // of the sized body or the chunk
    std::string partial_;     // a line of which not all has come
};

}  // namespace contend
