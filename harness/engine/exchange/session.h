// What one connection says and hears: the bytes of a request out, the meaning of bytes in.
//
// A Protocol is the protocol state of one connection and belongs to it; it does no I/O and
// reads no clock. One virtual call a send and one a receive, none a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/outcome.h"
#include "core/trial_spec.h"

namespace contend {

/// What a piece of input did to the request in flight.
struct Reply {
    bool complete = false;    // the request has ended, with `outcome`
    bool keep_alive = false;  // when complete: the connection may carry another request
    Outcome outcome = Outcome::kOk;
    int status = 0;                // of a response whose status is the wrong one
    std::string_view answer{};     // to be sent at once; valid until the next call
    bool others_finished = false;  // maybe: finished_elsewhere() tells
    bool unasked = false;          // behind the response more has come, which nobody asked for
};

/// A request of another connection of the same worker.
struct FinishedElsewhere {
    std::size_t connection = 0;  // from 0, in the order in which their protocols were made
    Outcome outcome = Outcome::kOk;
};

/// What a server sent of itself: a request that it intended.
struct Push {
    TimePoint due{};
    Outcome outcome = Outcome::kOk;
};

class Protocol {
   public:
    virtual ~Protocol() = default;

    /// What a fresh connection says before its first request; empty: nothing.
    [[nodiscard]] virtual std::string_view opening() const { return {}; }

    /// It is said at that time.
    virtual void opens(TimePoint) {}

    /// Takes bytes of the answer to it; complete with kOk, requests may begin.
    /// REQUIRES: opening() is not empty.
    virtual Reply opened(std::string_view) {
        return {.complete = true, .keep_alive = false, .outcome = Outcome::kProtocol};
    }

    /// True when it carries no requests: the server speaks of itself once it is opened.
    [[nodiscard]] virtual bool listens() const { return false; }

    /// Takes bytes that came while no request is in flight. Without keep_alive the connection is
    /// out of step, and of no more use.
    virtual Reply unasked(std::string_view) { return {}; }

    /// The next request of another connection that has ended: what came over this one has completed
    /// it, or that this one was closed.
    virtual std::optional<FinishedElsewhere> finished_elsewhere() { return std::nullopt; }

    /// The next of what the server has pushed and nobody has been told of; it was heard at `at`.
    virtual std::optional<Push> pushed(TimePoint) { return std::nullopt; }

    /// When the next push is due that hasn't come; none before the first.
    [[nodiscard]] virtual std::optional<TimePoint> next_push() const { return std::nullopt; }

    /// That one is given up. REQUIRES: next_push() is there.
    virtual void skip_push() {}

    /// Between two pushes.
    [[nodiscard]] virtual Nanoseconds push_interval() const { return Nanoseconds(0); }

    /// The intended time of the request that begins next, whose class carries it (TrialSpec).
    /// REQUIRES: no request is in flight.
    virtual void carry(TimePoint intended) = 0;

    /// Begins a request of class `index` of the spec. Returns its bytes, which stay valid
    /// and unchanged until the next call. REQUIRES: no request is in flight.
    virtual std::string_view request(std::size_t index) = 0;

    /// Takes bytes of the response. Bytes beyond its end make it kProtocol ("overlong"), unless
    /// they are a response that nobody asked for. REQUIRES: a request is in flight, bytes is not
    /// empty.
    virtual Reply receive(std::string_view bytes) = 0;

    /// The peer has closed. Completes the request in flight: ok for a close-delimited body,
    /// else kReset.
    virtual Reply end_of_stream() = 0;

    /// True once a first byte of the response in flight has come.
    [[nodiscard]] virtual bool response_started() const = 0;

    /// The request in flight is given up. True when the connection may go on: a response that comes
    /// late can't be taken for another's.
    virtual bool abandon() { return false; }

    /// The connection is closed: forgets everything about it, for a fresh socket.
    virtual void reset() = 0;

    /// True when class `index` may be sent again (RFC 9110, 9.2.2).
    [[nodiscard]] virtual bool idempotent(std::size_t index) const = 0;
};

/// Makes the protocol state of one more connection; what all share is prepared once.
using ProtocolMaker = std::function<std::unique_ptr<Protocol>()>;

/// A whole number that a protocol takes (TrialSpec::protocol_options).
struct ProtocolOption {
    std::string_view name;
    std::string_view summary;
    std::uint64_t standard = 0;  // where none is given
};

struct ProtocolKind {
    std::string_view name;
    std::string_view summary;
    ProtocolMaker (*prepare)(const TrialSpec&);
    std::span<const ProtocolOption> options{};
    // Connections that listen, beside those that the spec asks for. Null: none.
    std::size_t (*listening)(const TrialSpec&) = nullptr;
};

/// All protocols there are, in registry.cpp.
std::span<const ProtocolKind> protocol_kinds();

/// Throws std::invalid_argument, naming what there is, when spec.protocol or one of its options is
/// none.
ProtocolMaker prepare_protocol(const TrialSpec& spec);

/// Connections of the trial that listen. REQUIRES: prepare_protocol() took the spec.
std::size_t listening_connections(const TrialSpec& spec);

}  // namespace contend
