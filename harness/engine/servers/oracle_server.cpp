#include "servers/oracle_server.h"

#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "models/handler.h"

namespace contend {

namespace {

// What an event's pointer may be besides a connection.
char listener_tag;
char stop_tag;

constexpr std::size_t kMostGaps = 1 << 18;

// The N of /at/N.
std::optional<TimePoint> intended_time(std::string_view path) {
    constexpr std::string_view kAt = "/at/";
    if (!path.starts_with(kAt)) {
        return std::nullopt;
    }
    std::int64_t time = 0;
    const char* const end = path.data() + path.size();
    const auto [rest, error] = std::from_chars(path.data() + kAt.size(), end, time);
    if (error != std::errc() || rest != end || time < 0) {
        return std::nullopt;
    }
    return TimePoint(Nanoseconds(time));
}

}  // namespace

OracleServer::OracleServer(Listener& listener, int stop_descriptor, const OracleRules& rules)
    : listener_(listener),
      service_(rules.service),
      random_(server_random(rules.seed)),
      queue_(rules.queue),
      log_(rules.most_entries),
      gaps_(kMostGaps) {
    epoll_.watch(listener.descriptor(), &listener_tag);
    epoll_.watch(stop_descriptor, &stop_tag);
}

void OracleServer::run() {
    SteadyClock clock;
    gaps_.begin(clock.now());
    bool running = true;
    while (running) {
        const TimePoint now = clock.now();
        gaps_.look(now);
        if (!replies_.empty() && replies_.top().done <= now) {
            reply_to_next();
        } else {
            running = take_events();
        }
    }
}

// False when it is to stop.
bool OracleServer::take_events() {
    const int patience = connections_.empty() ? -1 : 0;
    const auto events = epoll_.wait(patience);
    if (events.empty()) {
        return true;
    }
    const TimePoint now = SteadyClock().now();
    if (patience != 0) {
        gaps_.begin(now);
    }
    for (const epoll_event& event : events) {
        void* const tag = event.data.ptr;
        if (tag == &stop_tag) {
            return false;
        }
        if (tag == &listener_tag) {
            accept();
        } else {
            take_event(*static_cast<Connection*>(tag), now);
        }
    }
    return true;
}

void OracleServer::take_event(Connection& connection, TimePoint now) {
    // What it says while it waits for a reply is read, and its end is seen, after that.
    if (connection.waiting) {
        return;
    }
    const bool open = connection.unsent.empty() ? receive(connection, now) : flush(connection, now);
    if (!open) {
        connections_.erase(connection.place);
    }
}

void OracleServer::accept() {
    FileDescriptor socket = listener_.accept();
    if (socket.get() < 0) {
        return;
    }
    Connection& connection = connections_.emplace_back();
    connection.socket = std::move(socket);
    connection.place = std::prev(connections_.end());
    epoll_.watch(connection.socket.get(), &connection);
}

void OracleServer::reply_to_next() {
    const Reply reply = replies_.top();
    replies_.pop();
    Connection& connection = *reply.connection;
    connection.waiting = false;
    const bool open = send(connection, {.body = "ok"}, reply.form);
    const TimePoint now = SteadyClock().now();
    log_.add(reply.intended, reply.done, reply.received, now);
    if (!open || !take_unread(connection, now)) {
        connections_.erase(connection.place);
    }
}

// False, here and below, when the connection is to be closed.
bool OracleServer::receive(Connection& connection, TimePoint now) {
    const ssize_t got =
        ::recv(connection.socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    return take(connection, {buffer_.data(), static_cast<std::size_t>(got)}, now);
}

bool OracleServer::take(Connection& connection, std::string_view bytes, TimePoint now) {
    RequestReader& reader = connection.reader;
    while (!bytes.empty()) {
        if (connection.is_replying()) {
            connection.unread = bytes;
            return true;
        }
        const auto state = reader.read(bytes);
        bytes.remove_prefix(reader.consumed());
        if (state == ReadState::kIncomplete) {
            return true;
        }
        if (state != ReadState::kComplete) {
            const bool too_long = state == ReadState::kTooLong;
            return send(connection, {.status = too_long ? 431 : 400, .body = "Bad Request"},
                        {.keep_alive = false});
        }
        const bool open = answer(connection, now);
        reader.begin();
        if (!open) {
            return false;
        }
    }
    return true;
}

bool OracleServer::take_unread(Connection& connection, TimePoint now) {
    return take(connection, std::exchange(connection.unread, {}), now);
}

bool OracleServer::answer(Connection& connection, TimePoint now) {
    const RequestReader& reader = connection.reader;
    const ResponseForm form{.keep_alive = reader.keep_alive(),
                            .http_1_0 = reader.http_1_0(),
                            .to_head = reader.head().is_head()};
    const std::string_view path = reader.head().path();
    if (path == "/") {
        return serve(connection, now, now, form);
    }
    if (const auto intended = intended_time(path)) {
        return serve(connection, *intended, now, form);
    }
    constexpr std::string_view kBinary = "application/octet-stream";
    if (path == "/log") {
        return send(connection, {.content_type = kBinary, .body = log_.bytes()}, form);
    }
    if (path == "/gaps") {
        return send(connection, {.content_type = kBinary, .body = gap_bytes()}, form);
    }
    return send(connection, {.status = 404, .body = "Not Found"}, form);
}

bool OracleServer::serve(Connection& connection, TimePoint intended, TimePoint now,
                         ResponseForm form) {
    if (const auto done = queue_.serve(intended, service_.sample(random_))) {
        connection.waiting = true;
        replies_.push({.done = *done,
                       .intended = intended,
                       .received = now,
                       .connection = &connection,
                       .form = form});
        return true;
    }
    const bool open = send(connection, {.status = 503, .body = "Service Unavailable"}, form);
    log_.add(intended, std::nullopt, now, SteadyClock().now());
    return open;
}

bool OracleServer::send(Connection& connection, const Response& response, ResponseForm form) {
    output_.clear();
    append_response(output_, response, form);
    const ssize_t sent = ::send(connection.socket.get(), output_.data(), output_.size(),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(output_.size())) {
        return form.keep_alive;
    }
    // Of the log the kernel takes a part at a time; a client that leaves replies is let go.
    if (sent < 0 || !form.keep_alive || !connection.unsent.empty()) {
        return false;
    }
    connection.unsent = output_.substr(static_cast<std::size_t>(sent));
    require(epoll_.control(EPOLL_CTL_MOD, connection.socket.get(), &connection, EPOLLOUT),
            "epoll_ctl");
    return true;
}

bool OracleServer::flush(Connection& connection, TimePoint now) {
    const ssize_t sent = ::send(connection.socket.get(), connection.unsent.data(),
                                connection.unsent.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    connection.unsent.erase(0, static_cast<std::size_t>(sent));
    if (!connection.unsent.empty()) {
        return true;
    }
    require(epoll_.control(EPOLL_CTL_MOD, connection.socket.get(), &connection, EPOLLIN),
            "epoll_ctl");
    return take_unread(connection, now);
}

std::string OracleServer::gap_bytes() const {
    std::string all;
    for (const Gap& gap : gaps_.gaps()) {
        for (const TimePoint time : {gap.begin, gap.end}) {
            const std::int64_t count = time.time_since_epoch().count();
            all.append(reinterpret_cast<const char*>(&count), sizeof(count));
        }
    }
    return all;
}

}  // namespace contend
