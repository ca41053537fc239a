#include "servers/null_server.h"

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

NullServer::NullServer(Listener& listener, int stop_descriptor) : listener_(listener) {
    epoll_.watch(listener.descriptor(), &listener_tag);
    epoll_.watch(stop_descriptor, &stop_tag);
}

void NullServer::run() {
    while (true) {
        for (const epoll_event& event : epoll_.wait(-1)) {
            void* const tag = event.data.ptr;
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
    epoll_.watch(connection.socket.get(), &connection);
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
    RequestReader& reader = connection.reader;
    if (!reader.started() && bytes == known_request_) {
        return send(known_reply_);
    }
    const bool from_start = !reader.started();
    const std::string_view all = bytes;
    bool open = true;
    replies_.clear();
    while (!bytes.empty() && open) {
        const auto state = reader.read(bytes);
        bytes.remove_prefix(reader.consumed());
        if (state == ReadState::kIncomplete) {
            break;
        }
        if (state == ReadState::kComplete) {
            open = reader.keep_alive();
            append_response(replies_, reply(reader.head().path()),
                            {.keep_alive = open,
                             .http_1_0 = reader.http_1_0(),
                             .to_head = reader.head().is_head()});
            const bool is_one_request = from_start && reader.consumed() == all.size();
            if (is_one_request && open) {
                known_request_ = all;
                known_reply_ = replies_;
            }
            reader.begin();
        } else {
            open = false;
            const bool too_long = state == ReadState::kTooLong;
            append_response(replies_, {.status = too_long ? 431 : 400, .body = "Bad Request"},
                            {.keep_alive = false});
        }
    }
    return send(replies_) && open;
}

}  // namespace contend
