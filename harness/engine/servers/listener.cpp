#include "servers/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace contend {

Listener::Listener(std::uint16_t port, int backlog)
    : socket_(require(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")) {
    // So that a server can follow another on its port at once; two at a time still can't have it.
    const int on = 1;
    require(::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "setsockopt");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const std::string what = "127.0.0.1:" + std::to_string(port);
    require(::bind(socket_.get(), generic, size), what.c_str());
    require(::listen(socket_.get(), backlog), what.c_str());
    require(::getsockname(socket_.get(), generic, &size), what.c_str());
    port_ = ntohs(address.sin_port);
    spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

FileDescriptor Listener::accept() noexcept {
    FileDescriptor accepted(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (accepted.get() < 0 && (errno == EMFILE || errno == ENFILE)) {
        // Left as it is where nobody could be turned away: a server pauses then.
        errno = turn_away() ? EAGAIN : EMFILE;
    }
    if (accepted.get() >= 0) {
        const int on = 1;
        ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    return accepted;
}

bool Listener::turn_away() noexcept {
    const int spare = spare_.exchange(-1);
    bool was_turned_away = false;
    if (spare >= 0) {
        ::close(spare);
        const FileDescriptor one(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        was_turned_away = one.get() >= 0;
    }
    const int another = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    int none = -1;
    if (another >= 0 && !spare_.compare_exchange_strong(none, another)) {
        ::close(another);
    }
    return was_turned_away;
}

Listener::~Listener() {
    if (const int spare = spare_.exchange(-1); spare >= 0) {
        ::close(spare);
    }
}

}  // namespace contend
