#include "servers/listener.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include "servers/blocking_client.h"

namespace contend {
namespace {

bool is_readable(int descriptor) {
    pollfd asked{.fd = descriptor, .events = POLLIN, .revents = 0};
    return ::poll(&asked, 1, 0) == 1;
}

TEST(ListenerTest, AConnectionForWhichNoDescriptorIsLeftIsTurnedAwayAndNotLeftToWait) {
    Listener listener(0, 16);
    const BlockingClient first(listener.port());
    const BlockingClient second(listener.port());
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    few.rlim_cur = static_cast<rlim_t>(::dup(0)) + 16;  // the next number, and not many more
    ::setrlimit(RLIMIT_NOFILE, &few);
    std::vector<FileDescriptor> taken;
    for (int descriptor = ::dup(0); descriptor >= 0; descriptor = ::dup(0)) {
        taken.emplace_back(descriptor);
    }
    EXPECT_TRUE(is_readable(listener.descriptor()));
    EXPECT_LT(listener.accept().get(), 0);
    EXPECT_LT(listener.accept().get(), 0);
    EXPECT_FALSE(is_readable(listener.descriptor()));
    taken.clear();
    ::setrlimit(RLIMIT_NOFILE, &before);
    const BlockingClient third(listener.port());
    EXPECT_GE(listener.accept().get(), 0);
}

}  // namespace
}  // namespace contend
