// The least that a load generator can cost: a bare epoll loop that sends, receives, counts
// and keeps latencies, and does nothing else. It parses nothing and believes every byte.
//
// contend's own cost is stated as a ratio to it (scripts/bench nginx_pairs).
//
// bench_bare_epoll PORT CONNECTIONS RATE PACING SECONDS; RATE 0 is the closed loop.
// Prints one JSON line.

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kSpinWindow = 60'000;
constexpr std::int64_t kWarmup = kSecond / 2;

std::int64_t read_clock(clockid_t id) {
    timespec time{};
    ::clock_gettime(id, &time);
    return time.tv_sec * kSecond + time.tv_nsec;
}

std::int64_t now() { return read_clock(CLOCK_MONOTONIC); }

void check(long outcome, const char* what) {
    if (outcome < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

struct Connection {
    int socket = -1;
    std::int64_t intended = 0;
};

class Loop {
   public:
    Loop(std::uint16_t port, std::size_t connections, std::size_t most)
        : connections_(connections) {
        poller_ = ::epoll_create1(0);
        check(poller_, "epoll_create1");
        sockaddr_in server{};
        server.sin_family = AF_INET;
        server.sin_port = htons(port);
        server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (auto& connection : connections_) {
            connection.socket = ::socket(AF_INET, SOCK_STREAM, 0);
            check(connection.socket, "socket");
            const int on = 1;
            check(::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)),
                  "TCP_NODELAY");
            check(
                ::connect(connection.socket, reinterpret_cast<sockaddr*>(&server), sizeof(server)),
                "connect");
            check(::fcntl(connection.socket, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
            epoll_event event{};
            event.events = EPOLLIN | EPOLLET;
            event.data.ptr = &connection;
            check(::epoll_ctl(poller_, EPOLL_CTL_ADD, connection.socket, &event), "epoll_ctl");
            idle_.push_back(&connection);
        }
        latencies_.reserve(most);
    }

    void closed(std::int64_t end) {
        while (!idle_.empty()) {
            send(*take_idle(), now());
        }
        for (std::int64_t time = now(); time < end; time = now()) {
            receive(kSecond / 100,
                    [this](Connection& connection, std::int64_t at) { send(connection, at); });
        }
    }

    void constant(double rate, std::string_view pacing, std::int64_t begin, std::int64_t end) {
        const auto due = [&](std::int64_t k) {
            return begin + static_cast<std::int64_t>(static_cast<double>(k) * 1e9 / rate);
        };
        const auto rest = [this](Connection& connection, std::int64_t) {
            idle_.push_back(&connection);
        };
        for (std::int64_t k = 0; due(k) < end;) {
            std::int64_t time = now();
            for (; due(k) <= time && !idle_.empty(); ++k, time = now()) {
                send(*take_idle(), due(k));
            }
            const std::int64_t wait = due(k) - time;
            if (pacing == "sleep") {
                receive(std::max<std::int64_t>(wait, 0), rest);
            } else if (pacing == "spin") {
                receive(std::max<std::int64_t>(wait - kSpinWindow, 0), rest);
            } else {
                receive(0, rest);
            }
        }
    }

    void count_from(std::int64_t begin) { begin_ = begin; }
    std::vector<std::int64_t>& latencies() { return latencies_; }

   private:
    Connection* take_idle() {
        Connection* connection = idle_.front();
        idle_.pop_front();
        return connection;
    }

    void send(Connection& connection, std::int64_t intended) {
        connection.intended = intended;
        check(::send(connection.socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL), "send");
    }

    template <class Then>
    void receive(std::int64_t wait, Then then) {
        const timespec timeout{wait / kSecond, wait % kSecond};
        std::array<epoll_event, 128> events{};
        const int ready = ::epoll_pwait2(poller_, events.data(), events.size(), &timeout, nullptr);
        check(ready < 0 && errno == EINTR ? 0 : ready, "epoll_pwait2");
        for (int i = 0; i < ready; ++i) {
            auto& connection =
                *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
            const auto count = ::recv(connection.socket, buffer_.data(), buffer_.size(), 0);
            check(count, "recv");
            if (count == 0) {
                throw std::runtime_error("the server closed a connection");
            }
            const std::int64_t at = now();
            if (connection.intended >= begin_ && latencies_.size() < latencies_.capacity()) {
                latencies_.push_back(at - connection.intended);
            }
            then(connection, at);
        }
    }

    int poller_ = -1;
    std::vector<Connection> connections_;
    std::deque<Connection*> idle_;
    std::array<char, 65536> buffer_{};
    std::vector<std::int64_t> latencies_;
    std::int64_t begin_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        fmt::print(stderr, "usage: bench_bare_epoll PORT CONNECTIONS RATE PACING SECONDS\n");
        return 2;
    }
    ::prctl(PR_SET_TIMERSLACK, 1);
    const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    const double rate = std::atof(argv[3]);
    const std::string_view pacing = argv[4];
    const auto duration = static_cast<std::int64_t>(std::atof(argv[5]) * 1e9);
    const double most = (rate > 0 ? rate : 400'000.0) * static_cast<double>(duration) / 1e9;
    Loop loop(port, static_cast<std::size_t>(std::atoi(argv[2])),
              static_cast<std::size_t>(most) + 1024);
    const auto run = [&](std::int64_t begin, std::int64_t end) {
        rate > 0 ? loop.constant(rate, pacing, begin, end) : loop.closed(end);
    };
    const std::int64_t start = now();
    loop.count_from(start + kWarmup);
    run(start, start + kWarmup);
    const std::int64_t cpu_begin = read_clock(CLOCK_THREAD_CPUTIME_ID);
    run(start + kWarmup, start + kWarmup + duration);
    const std::int64_t cpu = read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu_begin;
    auto& latencies = loop.latencies();
    const auto counted = static_cast<std::int64_t>(latencies.size());
    if (counted == 0) {
        fmt::print(stderr, "no responses\n");
        return 1;
    }
    const auto quantile = [&](double q) {
        const auto at =
            latencies.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(counted - 1));
        std::nth_element(latencies.begin(), at, latencies.end());
        return *at;
    };
    fmt::print(
        "{{\"requests\": {}, \"requests_per_s\": {:.1f}, \"cpu_ns_per_request\": {:.1f}, "
        "\"p50_ns\": {}, \"p99_ns\": {}}}\n",
        counted, static_cast<double>(counted) * 1e9 / static_cast<double>(duration),
        static_cast<double>(cpu) / static_cast<double>(counted), quantile(0.5), quantile(0.99));
    return 0;
}
