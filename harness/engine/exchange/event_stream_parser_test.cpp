#include "exchange/event_stream_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace contend {
namespace {

// Each event as id=data, of a text that comes in pieces of `size`.
std::vector<std::string> events(std::string_view text, std::size_t size) {
    EventStreamParser parser;
    std::vector<std::string> found;
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
        EXPECT_TRUE(parser.parse(text.substr(0, size), [&](const EventStreamParser::Event& event) {
            found.push_back(std::string(event.id) + "=" + std::string(event.data));
        }));
    }
    return found;
}

void expect(std::string_view text, const std::vector<std::string>& wanted) {
    for (std::size_t size = 1; size <= text.size(); ++size) {
        EXPECT_EQ(events(text, size), wanted) << "in pieces of " << size;
    }
}

TEST(EventStreamParser, EventsEndAtEmptyLinesOfAnyKind) {
    expect("id: 1\ndata: a\n\nid: 2\r\ndata: b\r\n\r\nid: 3\rdata: c\r\rdata: d\n\n",
           {"1=a", "2=b", "3=c", "3=d"});
}

TEST(EventStreamParser, CommentsOtherFieldsAndEmptyEventsAreNone) {
    expect(": ping\n\nevent: tick\nretry: 5\n\nid: 7\n\ndata\n\n", {"7="});
}

TEST(EventStreamParser, DataOfSeveralLinesIsJoined) {
    expect(
        "\xEF\xBB\xBF"
        "data: a\ndata:b\ndata:  c\n\n",
        {"=a\nb\n c"});
}

TEST(EventStreamParser, AnEventThatIsNotOverIsNone) { expect("id: 1\ndata: a\n", {}); }

TEST(EventStreamParser, RefusesWhatIsTooLong) {
    const auto ignore = [](const EventStreamParser::Event&) {};
    const std::string most(EventStreamParser::kMostLineBytes, 'x');
    EXPECT_TRUE(EventStreamParser().parse(most + "\n", ignore));
    EXPECT_FALSE(EventStreamParser().parse(most + "x\n", ignore));
    EventStreamParser parser;
    EXPECT_TRUE(parser.parse("data:" + most.substr(5) + "\n", ignore));
    EXPECT_FALSE(parser.parse("data:" + most.substr(5) + "\n", ignore));
}

}  // namespace
}  // namespace contend
