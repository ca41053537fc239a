#include "servers/null_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "servers/response.h"

namespace contend {

namespace {

// What an event's pointer may be besides a connection.
char listener_tag;
char stop_tag;

Response reply(std::string_view path) {
    if (path == "/" || path == "/plaintext") {
        return {.body = "Hello, World!"};
    }
    return {.status = 404, .body = "Not Found"};
}

}  // namespace

NullServer::NullServer(Listener& listener, int stop_descriptor)
    : listener_(listener), epoll_(require(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
    watch(listener.descriptor(), &listener_tag);
    watch(stop_descriptor, &stop_tag);
}

void NullServer::watch(int descriptor, void* tag) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = tag}};
    require(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

void NullServer::run() {
    std::array<epoll_event, 1024> events{};
    while (true) {
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            void* const tag = events[static_cast<std::size_t>(i)].data.ptr;
            if (tag == &stop_tag) {
                return;
            }
            if (tag == &listener_tag) {
                accept();
            } else if (auto& connection = *static_cast<Connection*>(tag); !serve(connection)) {
                connections_.erase(connection.place);
            }
        }
    }
}

void NullServer::accept() {
    FileDescriptor socket = listener_.accept();
    if (socket.get() < 0) {
        return;
    }
    Connection& connection = connections_.emplace_back();
    connection.socket = std::move(socket);
    connection.place = std::prev(connections_.end());
    watch(connection.socket.get(), &connection);
}

// False when the connection is to be closed.
bool NullServer::serve(Connection& connection) {
    const ssize_t got =
        ::recv(connection.socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    return reply_to(connection, {buffer_.data(), static_cast<std::size_t>(got)});
}

bool NullServer::reply_to(Connection& connection, std::string_view bytes) {
    const auto send = [&](const std::string& replies) {
        return ::send(connection.socket.get(), replies.data(), replies.size(),
                      MSG_DONTWAIT | MSG_NOSIGNAL) == static_cast<ssize_t>(replies.size());
    };
    RequestParser& parser = connection.parser;
    if (!parser.started() && bytes == known_request_) {
        return send(known_reply_);
    }
    const bool from_start = !parser.started();
    const std::string_view all = bytes;
    bool open = true;
    replies_.clear();
    while (!bytes.empty() && open) {
        const auto state = parser.parse(bytes);
        bytes.remove_prefix(parser.consumed());
        if (state == RequestParser::State::kIncomplete) {
            break;
        }
        if (state == RequestParser::State::kComplete) {
            open = parser.keep_alive();
            append_response(
                replies_, reply(parser.path()),
                {.keep_alive = open, .http_1_0 = parser.http_1_0(), .to_head = parser.is_head()});
            const bool is_one_request = from_start && parser.consumed() == all.size();
            if (is_one_request && open) {
                known_request_ = all;
                known_reply_ = replies_;
            }
            parser.begin();
        } else {
            open = false;
            const bool too_long = state == RequestParser::State::kTooLong;
            append_response(replies_, {.status = too_long ? 431 : 400, .body = "Bad Request"},
                            {.keep_alive = false});
        }
    }
    return send(replies_) && open;
}

}  // namespace contend
