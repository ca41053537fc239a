#include "servers/socket_connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace contend {

namespace {

HandlerRun steps_of(const Route& route, Random& random) {
    if (route.step) {
        return {*route.step, random};
    }
    return route.handler != nullptr ? HandlerRun(*route.handler, random) : HandlerRun();
}

}  // namespace

SocketConnection::Request::Request(SocketConnection& connection, Route route, ResponseForm form,
                                   Random& random)
    : connection_(connection),
      route_(std::move(route)),
      form_(form),
      run_(steps_of(route_, random)) {}

SocketConnection::SocketConnection(FileDescriptor socket, const Routes& routes, Random random)
    : socket_(std::move(socket)), routes_(routes), random_(random) {}

SocketConnection::Request* SocketConnection::next_request() {
    return begun_ < requests_.size() ? &requests_[begun_++] : nullptr;
}

void SocketConnection::answer(Request& request) {
    request.note_answered();
    --unanswered_;
    append_answered();
}

void SocketConnection::append_answered() {
    while (!requests_.empty() && requests_.front().is_answered()) {
        const Request& first = requests_.front();
        append_response(output_, first.route().response, first.form());
        requests_.pop_front();
        --begun_;
    }
    if (requests_.empty() && refusal_) {
        append_response(output_, *std::exchange(refusal_, std::nullopt), {.keep_alive = false});
    }
}

ReadOutcome SocketConnection::receive(std::span<char> buffer, int flags) {
    if (ended_) {
        return {.ended = true};
    }
    ssize_t got = 0;
    do {
        got = ::recv(socket_.get(), buffer.data(), buffer.size(), flags);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN) {
        return {};
    }
    if (got < 0) {
        break_off();
    } else if (got == 0) {
        ended_ = true;
    } else {
        take({buffer.data(), static_cast<std::size_t>(got)});
    }
    return {.filled = got == static_cast<ssize_t>(buffer.size()) && !ended_, .ended = ended_};
}

void SocketConnection::take(std::string_view bytes) {
    while (!bytes.empty() && !ended_) {
        const auto state = reader_.read(bytes);
        bytes.remove_prefix(reader_.consumed());
        switch (state) {
            case ReadState::kIncomplete:
                break;
            case ReadState::kComplete:
                requests_.emplace_back(*this, routes_.find(reader_.head().path(), random_),
                                       ResponseForm{.keep_alive = reader_.keep_alive(),
                                                    .http_1_0 = reader_.http_1_0(),
                                                    .to_head = reader_.head().is_head()},
                                       random_);
                ++unanswered_;
                ended_ = !reader_.keep_alive();
                reader_.begin();
                break;
            case ReadState::kMalformed:
                refuse(400, "Bad Request");
                break;
            case ReadState::kTooLong:
                refuse(431, "Request Header Fields Too Large");
                break;
        }
    }
}

// The last answer, after those to the requests before.
void SocketConnection::refuse(int status, std::string_view body) {
    refusal_ = Response{.status = status, .body = std::string(body)};
    refused_ = true;
    ended_ = true;
    append_answered();
}

bool SocketConnection::send(int flags) {
    while (sending()) {
        const ssize_t took = ::send(socket_.get(), output_.data() + sent_, output_.size() - sent_,
                                    flags | MSG_NOSIGNAL);
        if (took >= 0) {
            sent_ += static_cast<std::size_t>(took);
        } else if (errno == EAGAIN) {
            return true;
        } else if (errno != EINTR) {
            break_off();
        }
    }
    output_.clear();
    sent_ = 0;
    return !ended_ || unanswered_ > 0;
}

void SocketConnection::break_off() noexcept {
    ended_ = true;
    output_.clear();
    sent_ = 0;
}

void SocketConnection::shut_down() const noexcept { ::shutdown(socket_.get(), SHUT_RDWR); }

// Closing a socket with unread bytes in it resets the connection, and a reset overtakes what was
// sent last: the error that says why.
void SocketConnection::finish() const noexcept {
    constexpr int kMostReads = 64;
    if (!refused_) {
        return;
    }
    ::shutdown(socket_.get(), SHUT_WR);
    std::array<char, 16384> rest;
    for (int reads = 0; reads < kMostReads; ++reads) {
        if (::recv(socket_.get(), rest.data(), rest.size(), MSG_DONTWAIT) <= 0) {
            return;
        }
    }
}

}  // namespace contend
