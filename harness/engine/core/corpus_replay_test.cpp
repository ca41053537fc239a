// Gives a fuzz target every input of its corpus, under GoogleTest: what was found once stays
// mended, in every build and without a fuzzer. Linked with one *_fuzz.cpp each; $CONTEND_CORPUS
// names the folder, or one input.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace contend {
namespace {

namespace fs = std::filesystem;

std::vector<std::uint8_t> bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Corpus, HasNoFinding) {
    const char* const corpus = std::getenv("CONTEND_CORPUS");
    ASSERT_NE(corpus, nullptr) << "CONTEND_CORPUS must name a folder of inputs, or one";
    std::vector<fs::path> files;
    if (fs::is_directory(corpus)) {
        for (const auto& entry : fs::directory_iterator(corpus)) {
            files.push_back(entry.path());
        }
    } else {
        files.emplace_back(corpus);
    }
    ASSERT_FALSE(files.empty()) << corpus << " is empty";
    for (const auto& file : files) {
        const auto bytes = bytes_of(file);
        try {
            LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
        } catch (const std::exception& error) {
            ADD_FAILURE() << file << ": " << error.what();
        }
    }
}

}  // namespace
}  // namespace contend
