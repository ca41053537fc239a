// Reads HTTP/1.1 messages (RFC 9112) as they come, in pieces of any size: lines, fields, chunks and
// the body's end, the same for requests and responses. What differs is their head.
//
// Does no I/O, allocates nothing once its line buffer has grown, and hands the body out as views
// into the input. One reader a connection; begin() readies it for the next message, of which the
// same bytes may hold the beginning.
//
// Strict where leniency would hide a broken peer: a bare CR or LF, a folded field, whitespace
// before a colon, control characters, a list of lengths, another transfer coding than chunks, and
// chunks beside a length or in HTTP/1.0 are malformed. A chunk's size may be padded. What trailers
// and chunk extensions say is not looked at.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/body_framing.h"
#include "http/line_reader.h"

namespace contend {

enum class ReadState : std::uint8_t { kIncomplete, kComplete, kMalformed, kTooLong };

/// What tells requests from responses. A value, made anew for each message.
template <class Head>
concept MessageHead =
    std::default_initializable<Head> &&
    requires(Head head, const Head& made, std::string_view text, BodyFraming& framing) {
        /// The longest that a head, a chunk's line, and the trailers may each be.
        { Head::kLongest } -> std::convertible_to<std::size_t>;
        /// The same length may be said twice.
        { Head::kLengthMayRepeat } -> std::convertible_to<bool>;
        /// Whether a first line may begin so.
        { made.may_begin(text) } -> std::same_as<bool>;
        /// Sets framing.http_1_0 where it is right.
        { head.first_line(text, framing) } -> std::same_as<FirstLine>;
        /// False where there may be no such field.
        { head.field(text, text) } -> std::same_as<bool>;
        /// All fields are read: how does the body end?
        { head.body(framing) } -> std::same_as<BodyEnd>;
    };

template <MessageHead Head>
class MessageReader {
   public:
    /// Expects a message.
    void begin(const Head& head = {}) noexcept {
        head_ = head;
        framing_ = {};
        lines_.begin();
        state_ = ReadState::kIncomplete;
        expect_ = Expect::kFirstLine;
        started_ = false;
    }

    /// Reads what it can of `bytes` and calls body(view) for each piece of the body. Stops behind
    /// the message's end; consumed() says how far it came. REQUIRES: state() is kIncomplete.
    template <class OnBody>
    ReadState read(std::string_view bytes, OnBody on_body) {
        const char* const begin = bytes.data();
        started_ = started_ || !bytes.empty();
        while (state_ == ReadState::kIncomplete && !bytes.empty()) {
            if (in_body()) {
                const std::string_view piece = bytes.substr(0, framing_.left);
                on_body(piece);
                bytes.remove_prefix(piece.size());
                take_body(piece.size());
            } else {
                bytes.remove_prefix(read_line(bytes));
            }
        }
        consumed_ = static_cast<std::size_t>(bytes.data() - begin);
        return state_;
    }

    /// The same, and passes over the body.
    ReadState read(std::string_view bytes) {
        return read(bytes, [](std::string_view) {});
    }

    /// The peer has closed: whole only for a body that ends with the connection.
    ReadState end_of_stream() noexcept {
        state_ = expect_ == Expect::kBodyUntilClose ? ReadState::kComplete : ReadState::kMalformed;
        return state_;
    }

    [[nodiscard]] ReadState state() const noexcept { return state_; }
    [[nodiscard]] std::size_t consumed() const noexcept { return consumed_; }
    /// Whether a byte of the message has come.
    [[nodiscard]] bool started() const noexcept { return started_; }
    /// Meaningful as far as it has come.
    [[nodiscard]] const Head& head() const noexcept { return head_; }
    /// Meaningful once complete.
    [[nodiscard]] bool keep_alive() const noexcept { return framing_.keep_alive(); }
    [[nodiscard]] bool http_1_0() const noexcept { return framing_.http_1_0; }

   private:
    enum class Expect : std::uint8_t {
        kFirstLine,
        kField,
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

    void take_body(std::size_t count) noexcept {
        if (expect_ == Expect::kBodyUntilClose) {
            return;
        }
        framing_.left -= count;
        if (framing_.left > 0) {
            return;
        }
        if (expect_ == Expect::kChunk) {
            expect_ = Expect::kChunkEnd;
        } else {
            state_ = ReadState::kComplete;
        }
    }

    // Takes one line, or what there is of it, and returns how many bytes that was.
    std::size_t read_line(std::string_view bytes) {
        const LineReader::Line line = lines_.read(bytes);
        if (lines_.length() > Head::kLongest) {
            state_ = ReadState::kTooLong;
        } else if (line.is_malformed) {
            state_ = ReadState::kMalformed;
        } else if (line.is_whole) {
            take_line(line.text);
            lines_.end_line();
        } else if (!may_begin(line.text)) {
            state_ = ReadState::kMalformed;
        }
        return line.taken;
    }

    // What can't become the line that must come is known by its first bytes: a peer that speaks
    // something else, or sends more than its chunk's size, may never send a line's end.
    [[nodiscard]] bool may_begin(std::string_view text) const noexcept {
        return expect_ == Expect::kFirstLine ? head_.may_begin(text)
                                             : expect_ != Expect::kChunkEnd || text == "\r";
    }

    void take_line(std::string_view text) {
        switch (expect_) {
            case Expect::kFirstLine:
                take_first_line(text);
                break;
            case Expect::kField:
                text.empty() ? end_of_head() : take_field(text);
                break;
            case Expect::kTrailer:
                if (text.empty()) {
                    state_ = ReadState::kComplete;
                } else {
                    require(Field::split(text).has_value());
                }
                break;
            case Expect::kChunkSize:
                require(framing_.chunk_size(text));
                expect_ = framing_.left == 0 ? Expect::kTrailer : Expect::kChunk;
                lines_.begin();  // a stream may go on for as long as it sends
                break;
            case Expect::kChunkEnd:
                require(text.empty());
                expect_ = Expect::kChunkSize;
                break;
            case Expect::kSizedBody:
            case Expect::kBodyUntilClose:
            case Expect::kChunk:
                break;  // no lines there
        }
    }

    void take_first_line(std::string_view text) {
        switch (head_.first_line(text, framing_)) {
            case FirstLine::kRight:
                expect_ = Expect::kField;
                break;
            case FirstLine::kPassedOver:
                break;
            case FirstLine::kWrong:
                state_ = ReadState::kMalformed;
        }
    }

    void take_field(std::string_view text) {
        const auto field = Field::split(text);
        require(field && framing_.field(*field, Head::kLengthMayRepeat) &&
                head_.field(field->name, field->value));
    }

    void end_of_head() {
        switch (framing_.is_contradictory() ? BodyEnd::kWrong : head_.body(framing_)) {
            case BodyEnd::kNone:
                state_ = ReadState::kComplete;
                break;
            case BodyEnd::kSized:
                expect_ = Expect::kSizedBody;
                state_ = framing_.left == 0 ? ReadState::kComplete : state_;
                break;
            case BodyEnd::kChunked:
                expect_ = Expect::kChunkSize;
                lines_.begin();
                break;
            case BodyEnd::kClose:
                expect_ = Expect::kBodyUntilClose;
                framing_.until_close();
                break;
            case BodyEnd::kAnotherHead:
                // An interim response; the real one is still to come, within the same limit.
                framing_ = {};
                expect_ = Expect::kFirstLine;
                break;
            case BodyEnd::kWrong:
                state_ = ReadState::kMalformed;
        }
    }

    void require(bool is_right) noexcept {
        if (!is_right) {
            state_ = ReadState::kMalformed;
        }
    }

    Head head_{};
    BodyFraming framing_;
    LineReader lines_;
    ReadState state_ = ReadState::kIncomplete;
    Expect expect_ = Expect::kFirstLine;
    bool started_ = false;
    std::size_t consumed_ = 0;
};

}  // namespace contend
