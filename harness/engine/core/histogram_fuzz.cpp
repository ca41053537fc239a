// Fuzz target: Histogram::decode. Any text is refused by std::invalid_argument or decodes to a
// histogram that makes sense and comes back the same when it is encoded and decoded again. A
// finding is thrown; the fuzzer's limits of memory and time find bombs.
//
// Mutated base64 of a mutated zlib stream is nearly always refused by a checksum. So the first
// byte says how deep the rest goes: 't' for a whole text, 'd' for what is deflated, 'c' for the
// counts, 'b' for counts that are repeated up to a bomb.
#include <fmt/format.h>
#include <zlib.h>

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/histogram.h"

namespace contend {
namespace {

template <class Integer>
std::string big_endian(Integer value) {
    std::string out;
    for (int shift = static_cast<int>(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(value >> shift));
    }
    return out;
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char byte : bytes) {
        bits = (bits << 8) | static_cast<std::uint8_t>(byte);
        for (held += 8; held >= 6; held -= 6) {
            out.push_back(kAlphabet[(bits >> (held - 6)) & 0x3f]);
        }
    }
    if (held > 0) {
        out.push_back(kAlphabet[(bits << (6 - held)) & 0x3f]);
    }
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

std::string text_of_deflated(std::string_view plain) {
    std::string body(compressBound(plain.size()), '\0');
    uLongf size = body.size();
    ::compress2(reinterpret_cast<Bytef*>(body.data()), &size,
                reinterpret_cast<const Bytef*>(plain.data()), plain.size(), Z_BEST_SPEED);
    body.resize(size);
    return base64(big_endian(std::uint32_t{0x1c849314}) +
                  big_endian(static_cast<std::uint32_t>(body.size())) + body);
}

std::string text_of_counts(std::string_view counts) {
    std::string plain = big_endian(std::uint32_t{0x1c849313}) +
                        big_endian(static_cast<std::uint32_t>(counts.size())) +
                        big_endian(std::uint32_t{0}) + big_endian(std::uint32_t{3}) +
                        big_endian(std::uint64_t{1}) +
                        big_endian(static_cast<std::uint64_t>(Histogram::kHighest)) +
                        big_endian(std::bit_cast<std::uint64_t>(1.0));
    plain += counts;
    return text_of_deflated(plain);
}

// Up to more than what the longest histogram inflates to.
std::string repeated(std::string_view counts) {
    constexpr std::size_t kMost = 400'000;
    if (counts.size() < 2) {
        return {};
    }
    const auto times = std::size_t{1} << (static_cast<std::uint8_t>(counts.front()) % 20);
    counts.remove_prefix(1);
    std::string out;
    for (std::size_t i = 0; i < times && out.size() + counts.size() <= kMost; ++i) {
        out += counts;
    }
    return out;
}

std::string text_of(std::string_view input) {
    const char how = input.empty() ? 't' : input.front();
    const std::string_view rest = input.substr(input.empty() ? 0 : 1);
    switch (how) {
        case 'd':
            return text_of_deflated(rest);
        case 'c':
            return text_of_counts(rest);
        case 'b':
            return text_of_counts(repeated(rest));
        default:
            return std::string(rest);
    }
}

void require(bool holds, std::string_view what) {
    if (!holds) {
        throw std::logic_error(fmt::format("a decoded histogram's {}", what));
    }
}

void check(std::string_view text) {
    Histogram histogram;
    try {
        histogram = Histogram::decode(text);
    } catch (const std::invalid_argument&) {
        return;
    }
    const std::string encoded = histogram.encode();
    const Histogram back = Histogram::decode(encoded);
    require(back.encode() == encoded, "encoding decodes to another one");
    require(back.count() == histogram.count(), "count is lost in its encoding");
    require(back.min() == histogram.min() && back.max() == histogram.max(),
            "range is lost in its encoding");

    require(histogram.count() > 0 || histogram.max() == Nanoseconds(0), "emptiness has a value");
    require(histogram.min() <= histogram.max(), "least value is above its highest");
    require(histogram.mean_ns() >= 0 && histogram.stddev_ns() >= 0, "moments are no numbers");
    Nanoseconds last = histogram.min();
    for (const double quantile : {0.0, 0.5, 0.99, 1.0}) {
        const Nanoseconds value = histogram.value_at_quantile(quantile);
        require(value >= last, "quantiles fall");
        last = value;
    }
    require(last == histogram.max(), "last quantile is not its highest value");
}

}  // namespace
}  // namespace contend

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    contend::check(contend::text_of(std::string_view(reinterpret_cast<const char*>(data), size)));
    return 0;
}
