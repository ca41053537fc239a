// What one request costs the load thread beside its own instructions: counted, not timed.
//
// A program of its own, which stands between the engine and libc: every allocation, lock,
// exception and system call of the hot path goes through a function here that counts the calls of
// its thread. Not built with sanitizers, which stand in the same place.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>

#include "exchange/registry.h"
#include "exchange/websocket_text.h"
#include "load/tiny_server.h"
#include "load/worker.h"
#include "net/socket_stream.h"
#include "net/tls_stream.h"
#include "net/tls_test_server.h"

namespace {

struct Calls {
    std::uint64_t allocations = 0;
    std::uint64_t locks = 0;
    std::uint64_t throws = 0;
    std::uint64_t sends = 0;
    std::uint64_t receives = 0;       // that brought something
    std::uint64_t vain_receives = 0;  // that did not
    std::uint64_t registrations = 0;  // epoll_ctl
    std::uint64_t timers = 0;         // timerfd_settime
};

constinit thread_local Calls calls;

// The function that would have been called without this program in between.
template <class Function>
Function next(Function, const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// NOLINTBEGIN(readability-*, bugprone-reserved-*, cert-*)
extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);

void* malloc(std::size_t size) {
    ++calls.allocations;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    ++calls.allocations;
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
    ++calls.allocations;
    return __libc_realloc(old, size);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    static const auto lock = next(&pthread_mutex_lock, "pthread_mutex_lock");
    ++calls.locks;
    return lock(mutex);
}

ssize_t send(int fd, const void* bytes, std::size_t size, int flags) {
    static const auto call = next(&send, "send");
    ++calls.sends;
    return call(fd, bytes, size, flags);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static const auto call = next(&sendmsg, "sendmsg");
    ++calls.sends;
    return call(fd, message, flags);
}
ssize_t counted(ssize_t got) {
    ++(got > 0 ? calls.receives : calls.vain_receives);
    return got;
}
ssize_t recv(int fd, void* bytes, std::size_t size, int flags) {
    static const auto call = next(&recv, "recv");
    return counted(call(fd, bytes, size, flags));
}
ssize_t recvmsg(int fd, msghdr* message, int flags) {
    static const auto call = next(&recvmsg, "recvmsg");
    return counted(call(fd, message, flags));
}
int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
    static const auto call = next(&epoll_ctl, "epoll_ctl");
    ++calls.registrations;
    return call(epoll, operation, fd, event);
}
int timerfd_settime(int fd, int flags, const itimerspec* setting, itimerspec* before) noexcept {
    static const auto call = next(&timerfd_settime, "timerfd_settime");
    ++calls.timers;
    return call(fd, flags, setting, before);
}

// By its name in the object file: the two compilers declare it with different types.
[[noreturn]] void count_throw(void* thrown, void* type, void (*destroy)(void*)) asm("__cxa_throw");
void count_throw(void* thrown, void* type, void (*destroy)(void*)) {
    static const auto call = next(&count_throw, "__cxa_throw");
    ++calls.throws;
    call(thrown, type, destroy);
    __builtin_unreachable();
}
}
// NOLINTEND(readability-*, bugprone-reserved-*, cert-*)

namespace contend {
namespace {

TrialSpec spec_of(std::string arrivals) {
    TrialSpec spec;
    spec.host = "127.0.0.1";
    spec.address = "127.0.0.1";
    // No deck has these shares exactly, so that decks are laid anew on the way, too.
    spec.classes = {{.name = "light", .weight = std::numbers::sqrt2}, {.name = "heavy"}};
    spec.arrivals = std::move(arrivals);
    spec.rate_per_s = 20'000;
    spec.connections = 64;
    spec.warmup = Nanoseconds(0);
    return spec;
}

// The calls of the load thread, which is the test's own, in a whole trial.
template <class Network>
Calls calls_of(const TrialSpec& spec, Network& network) {
    SteadyClock clock;
    Worker<SteadyClock, Network> worker(spec, 0, clock, network, prepare_sessions(spec));
    worker.open();
    const Calls before = calls;
    worker.run(clock.now());
    const Calls after = calls;
    EXPECT_EQ(worker.counters().completed.load(), spec.max_requests);
    return {.allocations = after.allocations - before.allocations,
            .locks = after.locks - before.locks,
            .throws = after.throws - before.throws,
            .sends = after.sends - before.sends,
            .receives = after.receives - before.receives,
            .vain_receives = after.vain_receives - before.vain_receives,
            .registrations = after.registrations - before.registrations,
            .timers = after.timers - before.timers};
}

Calls calls_of(TrialSpec spec, std::uint64_t requests, std::uint16_t port) {
    spec.port = port;
    spec.max_requests = requests;
    const auto server =
        ServerAddress::internet(boost::asio::ip::make_address(spec.address), spec.port);
    const bool stamps = spec.arrivals != "closed";
    if (spec.tls) {
        TlsNetwork<SocketNetwork> network(*spec.tls, server, stamps, std::size_t{0});
        return calls_of(spec, network);
    }
    SocketNetwork network(server, stamps, 0);
    return calls_of(spec, network);
}

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

class HotPath : public testing::Test {
   protected:
    static constexpr std::uint64_t kFew = 2'000;
    static constexpr std::uint64_t kMany = 22'000;

    // Of one request more: what a trial costs however short it is drops out.
    [[nodiscard]] double per_request(std::uint64_t Calls::* what) const {
        return static_cast<double>(many_.*what - few_.*what) / static_cast<double>(kMany - kFew);
    }

    void count(const TrialSpec& spec, const TinyServer& server) {
        few_ = calls_of(spec, kFew, server.port());
        many_ = calls_of(spec, kMany, server.port());
    }
    void count(const TrialSpec& spec) { count(spec, TinyServer(std::string(kHello))); }

    // What every request of a closed loop costs, and no more; a library's own allocations beside.
    void expect_one_send_and_one_receive(double allocations = 0.0) {
        EXPECT_EQ(per_request(&Calls::sends), 1.0);
        // Session tickets come with a response, or before it.
        EXPECT_NEAR(per_request(&Calls::receives), 1.0, allocations > 0.0 ? 0.01 : 0.0);
        EXPECT_LT(per_request(&Calls::vain_receives), 0.01);
        // One a wake-up, which brings many of the responses.
        EXPECT_LT(per_request(&Calls::registrations), 0.2);
        EXPECT_LT(per_request(&Calls::timers), kNowAndThen);
        EXPECT_LT(per_request(&Calls::allocations), allocations + kNowAndThen);
        EXPECT_LT(per_request(&Calls::locks), kNowAndThen);
        EXPECT_EQ(per_request(&Calls::throws), 0.0);
    }

    // A slice a second and a chunk of the latency log now and then are no cost per request.
    static constexpr double kNowAndThen = 0.005;

    Calls few_;
    Calls many_;
};

TEST(Counting, SeesWhatItSaysItCounts) {
    const Calls before = calls;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    EXPECT_THROW(throw std::string(100, 'x'), std::string);
    EXPECT_EQ(calls.locks - before.locks, 1U);
    EXPECT_EQ(calls.throws - before.throws, 1U);
    EXPECT_GE(calls.allocations - before.allocations, 2U);
}

TEST_F(HotPath, ARequestOfTheClosedLoopIsOneSendAndOneReceive) {
    count(spec_of("closed"));
    expect_one_send_and_one_receive();
}

TEST_F(HotPath, ABodyGoesWithItsHead) {
    TrialSpec spec = spec_of("closed");
    spec.classes = {{.name = "upload", .method = "POST", .body = std::string(4000, 'x')}};
    count(spec);
    expect_one_send_and_one_receive();
}

TEST_F(HotPath, AMessageOfAWebSocketCostsWhatARequestDoes) {
    TrialSpec spec = spec_of("closed");
    spec.protocol = "websocket";
    spec.classes = {{.name = "echo", .path = "/ws", .body = "hi"}};
    const auto echo = []() -> TinyServer::Conversation {
        return [is_open = false](std::string_view heard) mutable {
            if (std::exchange(is_open, true)) {
                EXPECT_EQ(heard.size(), 8U);
                return std::string("\x81\x02hi");
            }
            return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                   std::string(websocket_text::kAccept) + "\r\n\r\n";
        };
    };
    count(spec, TinyServer(echo));
    expect_one_send_and_one_receive();
}

TEST_F(HotPath, ARequestOverTlsIsOneSendAndOneReceiveToo) {
    const TestCertificate certificate("localhost");
    const TestTlsServer tls(certificate);
    TrialSpec spec = spec_of("closed");
    spec.tls = TlsOptions{.server_name = "localhost", .ca_file = certificate.file()};
    const auto talk = [&tls]() -> TinyServer::Conversation {
        return [side = std::make_shared<TestTlsServer::Side>(tls)](std::string_view heard) {
            if (!side->hear(heard).empty()) {
                side->say(kHello);
            }
            return side->to_send();
        };
    };
    count(spec, TinyServer(talk));
    // libssl makes its packets of small pieces: three for a record that it writes, one for one that
    // it reads (OpenSSL 3.0, WPACKET).
    constexpr double kPackets = 4.01;
    expect_one_send_and_one_receive(kPackets);
}

TEST_F(HotPath, ADeadlineCostsNoTimerARequest) {
    TrialSpec spec = spec_of("closed");
    spec.deadline = std::chrono::seconds(5);
    count(spec);
    expect_one_send_and_one_receive();
}

// Each wait of Asio's, for responses or for the timer, registers anew.
TEST_F(HotPath, TheOpenLoopAddsATimerAndTwoRegistrationsAtMost) {
    count(spec_of("constant"));
    EXPECT_EQ(per_request(&Calls::sends), 1.0);
    EXPECT_EQ(per_request(&Calls::receives), 1.0);
    EXPECT_LT(per_request(&Calls::vain_receives), 0.01);
    EXPECT_LE(per_request(&Calls::registrations), 2.0 + kNowAndThen);
    EXPECT_LE(per_request(&Calls::timers), 1.0 + kNowAndThen);
    EXPECT_LT(per_request(&Calls::allocations), kNowAndThen);
    EXPECT_LT(per_request(&Calls::locks), kNowAndThen);
    EXPECT_EQ(per_request(&Calls::throws), 0.0);
}

}  // namespace
}  // namespace contend
