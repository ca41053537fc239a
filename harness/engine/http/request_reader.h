// An incremental parser of HTTP/1.1 requests (RFC 9112): bytes in, in pieces of any size.
//
// Does no I/O, and allocates nothing once its buffers have grown. Bodies are passed over. One
// parser a connection; begin() readies it for the next request, of which the same bytes may
// hold the beginning.
//
// Strict, as a server that is attacked has to be: a bare CR or LF, a folded header, whitespace
// before a colon, control characters, no Host or two in HTTP/1.1, two lengths, another transfer
// coding than chunks, and chunks beside a length or in HTTP/1.0 are all malformed. Lenient in one
// thing, as RFC 9112, 2.2 asks: empty lines before a request are passed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace contend {

class RequestParser {
   public:
    /// The head, and the chunks' lines with the trailers, may not be longer than this: Node's
    /// limit.
    static constexpr std::size_t kMaxHead = 16384;

    enum class State : std::uint8_t { kIncomplete, kComplete, kMalformed, kTooLong };

    /// Expects a request.
    void begin() noexcept;

    /// Parses what it can of `bytes`, up to the request's end; consumed() says how far it came.
    /// REQUIRES: state() is kIncomplete.
    State parse(std::string_view bytes);

    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] std::size_t consumed() const noexcept { return consumed_; }
    /// Whether a byte of the request has come.
    [[nodiscard]] bool started() const noexcept { return started_; }

    // Meaningful once complete.
    /// What the target names, without its query.
    [[nodiscard]] std::string_view path() const noexcept;
    [[nodiscard]] bool is_head() const noexcept { return is_head_; }
    [[nodiscard]] bool http_1_0() const noexcept { return http_1_0_; }
    [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }

   private:
    enum class Expect : std::uint8_t {
        kRequestLine,
        kHeader,
        kSizedBody,
        kChunkSize,
        kChunk,
        kChunkEnd,
        kTrailer,
    };

    [[nodiscard]] bool in_body() const noexcept {
        return expect_ == Expect::kSizedBody || expect_ == Expect::kChunk;
    }
    std::size_t pass_over_body(std::size_t available) noexcept;
    std::size_t parse_line(std::string_view bytes);
    void line(std::string_view text);
    void request_line(std::string_view text);
    void header(std::string_view text);
    void field(std::string_view name, std::string_view value);
    void connection_options(std::string_view value) noexcept;
    void content_length(std::string_view value) noexcept;
    void chunk_size(std::string_view text) noexcept;
    void end_of_head() noexcept;
    void malformed() noexcept { state_ = State::kMalformed; }

    State state_ = State::kIncomplete;
    Expect expect_ = Expect::kRequestLine;
    bool started_ = false;
    bool is_head_ = false;
    bool http_1_0_ = false;
    bool keep_alive_ = false;
    bool close_ = false;
    bool has_host_ = false;
    bool has_length_ = false;
    bool chunked_ = false;
    std::size_t consumed_ = 0;
    std::size_t head_bytes_ = 0;
    std::uint64_t left_ = 0;  // of the sized body or the chunk
    std::string target_;
    std::string partial_;  // a line of which not all has come
};

}  // namespace contend
