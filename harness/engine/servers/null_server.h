// The null server: one fixed reply at once, as cheaply as sockets allow. It is the ceiling of what
// a generator and the kernel can do.
//
// One thread, its caller's. A client that does not take its replies is let go.
#pragma once

#include <array>
#include <list>
#include <string>
#include <string_view>

#include "core/file_descriptor.h"
#include "http/request_reader.h"
#include "servers/epoll.h"
#include "servers/listener.h"

namespace contend {

class NullServer {
   public:
    /// Both outlive it.
    NullServer(Listener& listener, int stop_descriptor);

    /// Until the stop descriptor can be read.
    void run();

   private:
    struct Connection {
        FileDescriptor socket;
        RequestReader reader;
        std::list<Connection>::iterator place;
    };

    void accept();
    [[nodiscard]] bool serve(Connection& connection);
    [[nodiscard]] bool reply_to(Connection& connection, std::string_view bytes);

    Listener& listener_;
    Epoll<1024> epoll_;
    std::list<Connection> connections_;
    std::array<char, 65536> buffer_;
    // A load generator sends the same bytes over and over: those that were one whole request last
    // are known by comparing, and parsed no more.
    std::string known_request_;
    std::string known_reply_;
    std::string replies_;
};

}  // namespace contend
