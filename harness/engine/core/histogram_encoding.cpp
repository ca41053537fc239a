// HdrHistogram's compressed V2 encoding, so that any HdrHistogram library reads what we store.
//
// base64( cookie | length | deflate( cookie | payload length | normalizing offset |
//   significant digits | lowest | highest | conversion ratio | counts ) ), big-endian; counts
// are zigzag LEB128, and a negative one stands for so many zeros.
// Source: HdrHistogram, AbstractHistogram.encodeIntoCompressedByteBuffer; wiki of the format.
#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <bit>
#include <limits>
#include <stdexcept>

#include "core/histogram.h"

namespace contend {

namespace {

constexpr std::uint32_t kCookie = 0x1c849303 | 0x10;
constexpr std::uint32_t kCompressedCookie = 0x1c849304 | 0x10;
constexpr std::size_t kHeader = 40;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

[[noreturn]] void refuse(std::string_view why) {
    throw std::invalid_argument(fmt::format("not an HdrHistogram V2 encoding: {}", why));
}

template <class Integer>
void put(std::string& out, Integer value) {
    for (int shift = static_cast<int>(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(value >> shift));
    }
}

template <class Integer>
Integer take(std::string_view& in) {
    if (in.size() < sizeof(Integer)) {
        refuse("it ends too early");
    }
    Integer value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
        value = static_cast<Integer>((value << 8) | static_cast<std::uint8_t>(in[i]));
    }
    in.remove_prefix(sizeof(Integer));
    return value;
}

// Nine bytes at most: the ninth carries eight bits, not seven.
void put_zigzag(std::string& out, std::int64_t value) {
    auto left = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    for (int byte = 0; byte < 8; ++byte) {
        if (left < 0x80) {
            out.push_back(static_cast<char>(left));
            return;
        }
        out.push_back(static_cast<char>(left | 0x80));
        left >>= 7;
    }
    out.push_back(static_cast<char>(left));
}

std::int64_t take_zigzag(std::string_view& in) {
    std::uint64_t value = 0;
    for (int byte = 0; byte < 9; ++byte) {
        const auto next = static_cast<std::uint64_t>(take<std::uint8_t>(in));
        value |= (byte < 8 ? next & 0x7f : next) << (7 * byte);
        if (byte == 8 || next < 0x80) {
            break;
        }
    }
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

std::string deflated(const std::string& bytes) {
    uLongf size = compressBound(bytes.size());
    std::string out(size, '\0');
    if (::compress(reinterpret_cast<Bytef*>(out.data()), &size,
                   reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) != Z_OK) {
        throw std::runtime_error("zlib could not compress a histogram");
    }
    out.resize(size);
    return out;
}

std::string inflated(std::string_view bytes, std::size_t most) {
    std::string out(most, '\0');
    uLongf size = out.size();
    uLong taken = bytes.size();
    if (::uncompress2(reinterpret_cast<Bytef*>(out.data()), &size,
                      reinterpret_cast<const Bytef*>(bytes.data()), &taken) != Z_OK) {
        refuse("its deflated part is damaged or too long");
    }
    if (taken != bytes.size()) {
        refuse("there is something behind its deflated part");
    }
    out.resize(size);
    return out;
}

std::string base64(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t word = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            word =
                (word << 8) | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out.push_back(i + k <= bytes.size() ? kAlphabet[(word >> (18 - 6 * k)) & 0x3f] : '=');
        }
    }
    return out;
}

std::string from_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        refuse("its length is not that of base64");
    }
    std::size_t padding = 0;
    for (; padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=';) {
        ++padding;
    }
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool padded = i >= text.size() - padding;
        const auto digit = padded ? 0 : kAlphabet.find(text[i]);
        if (digit == std::string_view::npos) {
            refuse("it has characters that base64 has not");
        }
        word = (word << 6) | static_cast<std::uint32_t>(digit);
        if (i % 4 == 3) {
            put(out, static_cast<std::uint8_t>(word >> 16));
            put(out, static_cast<std::uint8_t>(word >> 8));
            put(out, static_cast<std::uint8_t>(word));
        }
    }
    out.resize(out.size() - padding);
    return out;
}

}  // namespace

std::string Histogram::encode() const {
    std::string counts;
    for (std::size_t i = 0; i < last();) {
        std::size_t zeros = 0;
        while (i + zeros < last() && counts_[i + zeros] == 0) {
            ++zeros;
        }
        if (zeros > 0) {
            put_zigzag(counts, -static_cast<std::int64_t>(zeros));
            i += zeros;
        } else {
            put_zigzag(counts, static_cast<std::int64_t>(counts_[i++]));
        }
    }
    std::string plain;
    put(plain, kCookie);
    put(plain, static_cast<std::uint32_t>(counts.size()));
    put(plain, std::uint32_t{0});  // normalizing index offset
    put(plain, static_cast<std::uint32_t>(kSignificantDigits));
    put(plain, std::uint64_t{1});
    put(plain, static_cast<std::uint64_t>(kHighest));
    put(plain, std::bit_cast<std::uint64_t>(1.0));  // integer to double conversion ratio
    plain += counts;

    const std::string body = deflated(plain);
    std::string out;
    put(out, kCompressedCookie);
    put(out, static_cast<std::uint32_t>(body.size()));
    return base64(out + body);
}

Histogram Histogram::decode(std::string_view text) {
    // A count takes nine bytes at most, and deflate and base64 don't double that.
    constexpr std::size_t kMostBytes = kHeader + 9 * kLength;
    if (text.size() > 2 * kMostBytes) {
        refuse("it is too long");
    }
    const std::string bytes = from_base64(text);
    std::string_view in = bytes;
    if (take<std::uint32_t>(in) != kCompressedCookie) {
        refuse("its cookie is another one");
    }
    if (take<std::uint32_t>(in) != in.size()) {
        refuse("its length is another than it says");
    }
    const std::string plain = inflated(in, kMostBytes);
    in = plain;
    if (take<std::uint32_t>(in) != kCookie) {
        refuse("its inner cookie is another one");
    }
    const auto length = take<std::uint32_t>(in);
    const auto offset = take<std::uint32_t>(in);
    const auto digits = take<std::uint32_t>(in);
    const auto lowest = take<std::uint64_t>(in);
    take<std::uint64_t>(in);  // the highest trackable value: what was recorded decides
    const auto ratio = std::bit_cast<double>(take<std::uint64_t>(in));
    if (length != in.size()) {
        refuse("its payload's length is another than it says");
    }
    if (offset != 0 || digits != kSignificantDigits || lowest != 1 || ratio != 1.0) {
        refuse("its resolution is not 1 ns with 3 significant digits");
    }
    Histogram histogram;
    histogram.decode_counts(in);
    return histogram;
}

void Histogram::decode_counts(std::string_view payload) {
    std::size_t index = 0;
    while (!payload.empty()) {
        const std::int64_t entry = take_zigzag(payload);
        if (entry < 0) {
            const auto zeros = std::uint64_t{0} - static_cast<std::uint64_t>(entry);
            if (zeros > kLength - index) {
                refuse("it has more counts than an hour has buckets");
            }
            index += static_cast<std::size_t>(zeros);
            continue;
        }
        if (index == kLength) {
            refuse("it has more counts than an hour has buckets");
        }
        if (entry > 0) {
            if (lowest_of(index) > kHighest) {
                refuse("it holds values above an hour");
            }
            if (count_ > std::numeric_limits<std::uint64_t>::max() / 2) {
                refuse("its counts overflow");
            }
            counts_[index] = static_cast<std::uint64_t>(entry);
            count_ += static_cast<std::uint64_t>(entry);
            min_ = std::min(min_, lowest_of(index));
            max_ = std::max(max_, std::min(highest_of(index), kHighest));
        }
        ++index;
    }
}

}  // namespace contend
