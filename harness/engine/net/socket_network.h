// Real sockets and real timers under a load thread: one io_context, run by one thread.
//
// Calls back on that thread only, from run_one() and poll_one(). post() alone may be called from
// other threads.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

#include "net/byte_stream.h"
#include "net/inbox.h"
#include "net/readiness.h"
#include "net/receive_clock.h"
#include "net/server_address.h"
#include "net/source_addresses.h"
#include "net/timers.h"

namespace contend {

class SocketStream;

class SocketNetwork {
   public:
    using Stream = SocketStream;

    class Timer : public contend::Timer {
       public:
        explicit Timer(SocketNetwork& network) : contend::Timer(network.timers_) {}
    };

    /// With `kernel_stamps` a response completes when the kernel received it, else when the
    /// generator read it. `first_connection` is the number of its first one among the trial's.
    SocketNetwork(const ServerAddress& server, bool kernel_stamps, std::size_t first_connection)
        : context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
          inbox_(context_),
          timers_(context_),
          readiness_(context_),
          server_(server),
          sources_(server.ip, first_connection),
          kernel_stamps_(kernel_stamps) {}

    /// Waits for one call and makes it.
    void run_one() {
        while (true) {
            if (!is_turn_of_others() && readiness_.take_turn()) {
                return;
            }
            timers_.arm();
            const auto made = readiness_.has_any() ? context_.poll_one() : context_.run_one();
            if (!readiness_.has_rung() && made > 0) {
                return;
            }
        }
    }
    /// Makes one call that is due, without waiting; false: there is none.
    bool poll_one() {
        while (true) {
            if (!is_turn_of_others() && readiness_.take_turn()) {
                return true;
            }
            timers_.arm();
            const auto made = context_.poll_one();
            if (!readiness_.has_rung() && (made > 0 || !readiness_.has_any())) {
                return made > 0;
            }
        }
    }

    [[nodiscard]] static TimePoint now() noexcept { return SteadyClock().now(); }
    void post(std::function<void()> call) { inbox_.post(std::move(call)); }

    // For streams.
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] Readiness& readiness() noexcept { return readiness_; }
    [[nodiscard]] const ServerAddress& server() const noexcept { return server_; }
    [[nodiscard]] SourceAddresses& sources() noexcept { return sources_; }
    [[nodiscard]] bool kernel_stamps() const noexcept { return kernel_stamps_; }
    [[nodiscard]] ReceiveClock& receive_clock() noexcept { return receive_clock_; }
    /// For what is read when there is something to read: one serves all streams.
    [[nodiscard]] std::span<char> shared_buffer() noexcept { return shared_buffer_; }

   private:
    // A stream that can be read again and again keeps no timer from its turn, nor other streams.
    static constexpr std::uint32_t kTurns = 64;
    [[nodiscard]] bool is_turn_of_others() noexcept { return ++turns_ % kTurns == 0; }

    boost::asio::io_context context_;
    Inbox inbox_;
    Timers timers_;
    Readiness readiness_;
    ServerAddress server_;
    SourceAddresses sources_;
    bool kernel_stamps_;
    std::uint32_t turns_ = 0;
    ReceiveClock receive_clock_;
    std::array<char, 65536> shared_buffer_{};
};

}  // namespace contend
