#include "net/source_addresses.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace contend {
namespace {

std::map<std::string, int> sources_of(const char* server, std::size_t connections,
                                      std::size_t first = 0) {
    SourceAddresses sources(boost::asio::ip::make_address(server), first);
    std::map<std::string, int> counts;
    for (std::size_t i = 0; i < connections; ++i) {
        const auto source = sources.next();
        ++counts[source ? source->address().to_string() : "any"];
    }
    return counts;
}

TEST(SourceAddresses, AFewConnectionsComeFromWhereTheyWould) {
    EXPECT_EQ(sources_of("127.0.0.1", 4096), (std::map<std::string, int>{{"any", 4096}}));
}

TEST(SourceAddresses, ManyAreSpreadOverTheLoopbackNetwork) {
    EXPECT_EQ(
        sources_of("127.0.0.1", 10'000),
        (std::map<std::string, int>{{"any", 4096}, {"127.0.0.2", 4096}, {"127.0.0.3", 1808}}));
}

TEST(SourceAddresses, AThreadGoesOnWhereTheOneBeforeItEnds) {
    EXPECT_EQ(sources_of("127.0.0.1", 5000, 4000),
              (std::map<std::string, int>{{"any", 96}, {"127.0.0.2", 4096}, {"127.0.0.3", 808}}));
}

TEST(SourceAddresses, OtherServersSeeTheMachinesOwnAddress) {
    EXPECT_EQ(sources_of("192.0.2.1", 10'000), (std::map<std::string, int>{{"any", 10'000}}));
    EXPECT_EQ(sources_of("::1", 10'000), (std::map<std::string, int>{{"any", 10'000}}));
}

}  // namespace
}  // namespace contend
