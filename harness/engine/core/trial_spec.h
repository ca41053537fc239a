// Instructions for one execution of a trial: everything the engine needs, nothing it decides.
//
// An immutable value once handed to the load generator; it owns its strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/rate_stage.h"
#include "core/tls_options.h"

namespace contend {

/// How a worker waits for the next intended send.
enum class Pacing : std::uint8_t {
    kSleep,  // a timer, with timer slack set to 1 ns
    kSpin,   // a timer until kSpinWindow before the send, then polling
    kBusy,   // always polling
    kAuto,   // a timer until this machine's wake-ups would be late, then polling
};

/// A kind of request within a workload, and what makes its response right.
struct RequestClass {
    std::string name{};
    double weight = 1.0;
    std::string method = "GET";
    std::string path = "/";
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    int expect_status = 0;  // 0: any of 200 to 299
    std::optional<std::string> expect_body{};
    // The path goes on with the intended time: 20 digits, in nanoseconds of the monotonic clock.
    bool carries_intended = false;
    // {id} and {n} in path, body and expect_body stand for numbers that are drawn for each request.
    bool is_drawn = false;
    // The server sends these of itself, to connections that listen; nobody asks for them.
    bool pushed = false;
    // A response is read no faster than this, from its request's send on. 0: as it comes.
    std::uint64_t read_bytes_per_s = 0;
    // Values of a Cookie header: each connection sends one of them. Empty: no such header.
    std::vector<std::string> cookies{};

    /// May be sent again (RFC 9110, 9.2.2).
    [[nodiscard]] bool is_idempotent() const {
        return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
               method == "PUT" || method == "DELETE";
    }
};

struct TrialSpec {
    std::string protocol = "http1";
    std::map<std::string, std::uint64_t> protocol_options;
    std::string host;     // the Host header's value, port included where it is not the default
    std::string address;  // numeric, IPv4 or IPv6 without brackets
    std::uint16_t port = 0;
    std::string unix_path;  // of a socket of this machine, instead of address and port
    std::optional<TlsOptions> tls{};
    std::vector<RequestClass> classes;

    std::string arrivals = "closed";
    double rate_per_s = 0.0;            // of the whole trial, where it starts; open loop only
    std::vector<RateStage> stages;      // constant and poisson: from the measure phase's begin on
    std::vector<Nanoseconds> recorded;  // replay: from the measure phase's begin on, in order
    Nanoseconds think{0};               // closed loop only
    std::uint64_t seed = 1;

    bool keep_alive = true;        // http1: else each request has a connection of its own
    std::size_t connections = 64;  // of the whole trial, spread over the threads
    std::size_t threads = 1;
    std::vector<int> cpus;           // cores for the load threads; empty: not pinned
    Pacing pacing = Pacing::kSleep;  // in the closed loop there is nothing to wait for

    Nanoseconds warmup{std::chrono::seconds(1)};
    Nanoseconds duration{std::chrono::seconds(10)};
    std::uint64_t max_requests = 0;  // 0: no limit; else the measure phase ends after so many
    // Times from the start of the measure phase, in rising order, at which progress is told the
    // latencies so far.
    std::vector<Nanoseconds> looks;

    Nanoseconds timeout{std::chrono::seconds(5)};  // from the actual send
    Nanoseconds deadline{0};                       // from the intended send; 0: none
    Nanoseconds connect_timeout{std::chrono::seconds(5)};
    std::size_t max_queue = 1'000'000;  // arrivals beyond it are shed

    int server_pid = 0;  // 0: no server is sampled
    int beside_pid = 0;  // of what the server asks in its turn; 0: nothing

    std::size_t most_samples = 0;  // of the measure phase's requests, kept one by one; 0: none
};

}  // namespace contend
