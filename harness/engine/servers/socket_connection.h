// One client's connection to a reference server: its socket, the requests that have come and are
// not answered yet, and the bytes that the kernel has not taken yet.
//
// Answers leave in the order of their requests, whatever the order in which those end. Used by
// one thread, that of the connection or of the loop; shut_down() may be called by any.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/file_descriptor.h"
#include "core/random.h"
#include "http/request_reader.h"
#include "models/handler.h"
#include "models/runtime.h"
#include "servers/response.h"
#include "servers/routes.h"

namespace contend {

class SocketConnection {
   public:
    class Request {
       public:
        Request(SocketConnection& connection, Route route, ResponseForm form, Random& random);
        Request(const Request&) = delete;
        Request& operator=(const Request&) = delete;

        std::optional<TimedStep> next_step() { return run_.next_step(); }
        [[nodiscard]] SocketConnection& connection() const noexcept { return connection_; }

        // The connection's: what is sent once it is answered.
        [[nodiscard]] const Route& route() const noexcept { return route_; }
        [[nodiscard]] ResponseForm form() const noexcept { return form_; }
        [[nodiscard]] bool is_answered() const noexcept { return is_answered_; }
        void note_answered() noexcept { is_answered_ = true; }

       private:
        SocketConnection& connection_;
        Route route_;
        ResponseForm form_;
        HandlerRun run_;
        bool is_answered_ = false;
    };

    /// `routes` outlives it; `random` draws its requests' classes and durations.
    SocketConnection(FileDescriptor socket, const Routes& routes, Random random);

    // What runtime.h asks of a connection.
    [[nodiscard]] Request* next_request();
    [[nodiscard]] bool sending() const noexcept { return sent_ < output_.size(); }
    [[nodiscard]] std::size_t unanswered() const noexcept { return unanswered_; }
    void answer(Request& request);
    LoopState<SocketConnection> loop;

    /// One recv() into `buffer`, and all requests that it completes. `flags` as recv() has them.
    ReadOutcome receive(std::span<char> buffer, int flags);

    /// Sends what has been answered: all of it, or with MSG_DONTWAIT what the kernel takes. False
    /// when nothing more will come of the connection.
    bool send(int flags);

    /// Nothing more can be received: the peer has ended, asked to close, or can't be understood.
    [[nodiscard]] bool ended() const noexcept { return ended_; }

    /// Wakes who is blocked on the socket, for good.
    void shut_down() const noexcept;

    /// Before it is destroyed: lets the peer read an error before the connection is gone.
    void finish() const noexcept;

    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

    // Of the loop that watches the socket.
    bool reading = true;
    std::uint32_t interest = 0;  // the events that it is watched for

   private:
    void take(std::string_view bytes);
    void refuse(int status, std::string_view body);
    void append_answered();
    void break_off() noexcept;

    FileDescriptor socket_;
    const Routes& routes_;
    Random random_;
    RequestReader reader_;
    std::deque<Request> requests_;  // up to the oldest that is unanswered
    std::size_t begun_ = 0;         // of them, by next_request()
    std::size_t unanswered_ = 0;    // of them
    std::optional<Response> refusal_;
    std::string output_;
    std::size_t sent_ = 0;  // of output_
    bool ended_ = false;
    bool refused_ = false;
};

}  // namespace contend
