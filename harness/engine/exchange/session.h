// What is said over one connection: the bytes of exchanges out, the meaning of bytes in.
//
// A Session is the protocol state of one connection and belongs to it; it does no I/O and reads no
// clock. It may open the connection by words of its own, carry several exchanges at a time, end
// those of other connections, and hear what nobody asked for: all that comes of bytes is an event.
// Two virtual calls an exchange, none a byte.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "exchange/event.h"
#include "exchange/exchange.h"

namespace contend {

/// What a session makes of bytes, besides events.
struct Reading {
    bool goes_on = true;        // else the connection is of no more use
    bool was_asked = true;      // false: among the bytes were some that nobody asked for
    std::string_view answer{};  // to be sent at once; valid until the next call
};

class Session {
   public:
    virtual ~Session() = default;

    /// Exchanges at a time. None: it listens, the server speaks of itself once it is opened.
    [[nodiscard]] virtual std::size_t capacity() const { return 1; }

    /// What a fresh connection says first. Empty: nothing, and it is open at once; else kOpened
    /// tells when it is.
    [[nodiscard]] virtual std::string_view greeting() const { return {}; }

    /// Begins an exchange, whose end will be told by its place. Returns its bytes, which stay valid
    /// and unchanged until the next call. REQUIRES: it is open, and fewer exchanges than capacity()
    /// are in flight.
    virtual std::string_view begin(std::size_t place, const Exchange& exchange) = 0;

    /// Takes bytes of the peer's. REQUIRES: they are not empty.
    virtual Reading feed(std::string_view bytes, Events& events) = 0;

    /// The peer has closed: exchanges in flight are over, whole or not.
    virtual void end(Events& events) = 0;

    /// Whether a first byte of what answers the exchange has come. Where that can't be told it has,
    /// and the exchange is never sent again.
    [[nodiscard]] virtual bool is_answered(std::size_t /*place*/) const { return true; }

    /// The exchange is given up. True when the connection may go on: what comes late can't be taken
    /// for another's.
    virtual bool abandon(std::size_t /*place*/) { return false; }

    /// The connection is closed: forgets everything about it, for a fresh stream. Adds what of
    /// other connections' exchanges is over by that.
    virtual void reset(Events& events) = 0;
};

/// Makes the session of one more connection; what all share is prepared once.
using SessionMaker = std::function<std::unique_ptr<Session>()>;

}  // namespace contend
