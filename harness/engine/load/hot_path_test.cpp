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
#include <numbers>
#include <string>

#include "load/worker.h"
#include "net/socket_network.h"
#include "load/tiny_server.h"

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

TrialSpec spec_of(std::string arrivals, std::uint64_t requests, std::uint16_t port) {
    TrialSpec spec;
    spec.host = "127.0.0.1";
    spec.address = "127.0.0.1";
    spec.port = port;
    // No deck has these shares exactly, so that decks are laid anew on the way, too.
    spec.classes = {{.name = "light", .weight = std::numbers::sqrt2}, {.name = "heavy"}};
    spec.arrivals = std::move(arrivals);
    spec.rate_per_s = 20'000;
    spec.connections = 64;
    spec.warmup = Nanoseconds(0);
    spec.max_requests = requests;
    return spec;
}

// The calls of the load thread, which is the test's own, in a whole trial.
Calls calls_of(const std::string& arrivals, std::uint64_t requests, std::uint16_t port) {
    const TrialSpec spec = spec_of(arrivals, requests, port);
    SteadyClock clock;
    SocketTransport transport({boost::asio::ip::make_address(spec.address), spec.port},
                              arrivals != "closed", 0);
    LoadWorker<SteadyClock, SocketTransport> worker(spec, 0, clock, transport,
                                                    prepare_protocol(spec));
    worker.open();
    const Calls before = calls;
    worker.run(clock.now());
    const Calls after = calls;
    EXPECT_EQ(worker.counters().completed.load(), requests);
    return {.allocations = after.allocations - before.allocations,
            .locks = after.locks - before.locks,
            .throws = after.throws - before.throws,
            .sends = after.sends - before.sends,
            .receives = after.receives - before.receives,
            .vain_receives = after.vain_receives - before.vain_receives,
            .registrations = after.registrations - before.registrations,
            .timers = after.timers - before.timers};
}

class HotPath : public testing::Test {
   protected:
    static constexpr std::uint64_t kFew = 2'000;
    static constexpr std::uint64_t kMany = 22'000;

    // Of one request more: what a trial costs however short it is drops out.
    [[nodiscard]] double per_request(std::uint64_t Calls::* what) const {
        return static_cast<double>(many_.*what - few_.*what) / static_cast<double>(kMany - kFew);
    }

    void count(const std::string& arrivals) {
        const TinyServer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        few_ = calls_of(arrivals, kFew, server.port());
        many_ = calls_of(arrivals, kMany, server.port());
    }

    Calls few_;
    Calls many_;
};

// A slice a second and a chunk of the latency log now and then are no cost per request.
constexpr double kNowAndThen = 0.005;

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
    count("closed");
    EXPECT_EQ(per_request(&Calls::sends), 1.0);
    EXPECT_EQ(per_request(&Calls::receives), 1.0);
    // Asio looks for a response before it waits for one.
    EXPECT_LE(per_request(&Calls::vain_receives), 1.0);
    EXPECT_LT(per_request(&Calls::registrations), kNowAndThen);
    EXPECT_LT(per_request(&Calls::timers), kNowAndThen);
    EXPECT_LT(per_request(&Calls::allocations), kNowAndThen);
    EXPECT_LT(per_request(&Calls::locks), kNowAndThen);
    EXPECT_EQ(per_request(&Calls::throws), 0.0);
}

// With kernel stamps Asio waits and recvmsg reads: each wait, for a response or for the timer,
// registers anew.
TEST_F(HotPath, TheOpenLoopAddsATimerAndTwoRegistrationsAtMost) {
    count("constant");
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
