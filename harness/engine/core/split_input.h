// What a fuzzer's input says: bytes of a stream, and how they come. For the fuzz targets only.
//
// The last byte of the input chooses among the ways to split the others, so that a corpus file
// reads as what comes over the wire, and one more mutated byte splits it anew.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace contend {

struct SplitInput {
    explicit SplitInput(std::string_view input) {
        const auto how = input.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(input.back());
        bytes = input.substr(0, input.empty() ? 0 : input.size() - 1);
        flag = (how & 1) != 0;
        // In pieces of one byte, a few, or so many that heads often come whole.
        constexpr std::array<std::uint64_t, 4> kLongest{1, 3, 16, 256};
        const std::uint64_t longest = kLongest[(how >> 1) % kLongest.size()];
        Random random(how);
        for (std::string_view rest = bytes; !rest.empty();) {
            pieces.push_back(rest.substr(0, 1 + random.next() % longest));
            rest.remove_prefix(pieces.back().size());
        }
    }

    std::string_view bytes;
    bool flag = false;
    std::vector<std::string_view> pieces;  // of `bytes`, none empty
};

}  // namespace contend
