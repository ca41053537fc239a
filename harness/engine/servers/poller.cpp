#include "servers/poller.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

namespace contend {

namespace {

// What an event's pointer may be besides a connection.
char listener_tag;
char stop_tag;
char wake_tag;
char timer_tag;

int whole_milliseconds(Nanoseconds timeout) {
    if (timeout == Nanoseconds::max()) {
        return -1;
    }
    const auto up = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    return static_cast<int>(std::min<std::int64_t>(up, std::numeric_limits<int>::max()));
}

}  // namespace

Poller::Poller(int listener, int stop)
    : wake_(require(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      timer_(require(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create")) {
    epoll_.watch(listener, &listener_tag);
    epoll_.watch(stop, &stop_tag);
    epoll_.watch(wake_.get(), &wake_tag);
    epoll_.watch(timer_.get(), &timer_tag);
}

std::span<const Poller::Event> Poller::poll(Nanoseconds timeout) {
    events_.clear();
    for (const epoll_event& event : epoll_.wait(whole_milliseconds(timeout))) {
        // What finds no place any more is still ready at the next call.
        if (events_.size() < kMostEvents) {
            list(event);
        }
    }
    return events_;
}

void Poller::list(const epoll_event& event) {
    const void* const tag = event.data.ptr;
    if (tag == &listener_tag) {
        events_.push_back({.kind = Event::Kind::kListener});
    } else if (tag == &wake_tag) {
        std::uint64_t times = 0;
        [[maybe_unused]] const auto read = ::read(wake_.get(), &times, sizeof(times));
        events_.push_back({.kind = Event::Kind::kWake});
    } else if (tag == &timer_tag) {
        list_due_io();
    } else if (tag != &stop_tag) {
        events_.push_back({.kind = Event::Kind::kConnection,
                           .connection = static_cast<SocketConnection*>(event.data.ptr)});
    }
}

void Poller::list_due_io() {
    const TimePoint now = SteadyClock().now();
    while (!ios_.empty() && ios_.top().time <= now && events_.size() < kMostEvents) {
        events_.push_back({.kind = Event::Kind::kIo, .request = ios_.top().request});
        ios_.pop();
    }
    set_timer();
}

void Poller::set_io(Request& request, TimePoint time) {
    ios_.push({time, next_order_++, &request});
    if (ios_.top().request == &request) {
        set_timer();
    }
}

// By absolute time, so that one that is due already can be read at once; all zero is never.
void Poller::set_timer() noexcept {
    itimerspec setting{};
    if (!ios_.empty()) {
        const Nanoseconds time = ios_.top().time.time_since_epoch();
        const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
        setting.it_value = {.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
    }
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

void Poller::wake() noexcept {
    const std::uint64_t once = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &once, sizeof(once));
}

// A connection that sends is not read from, and one that is watched for nothing has to be left
// out: epoll would report its breaking off again and again.
void Poller::watch(SocketConnection& connection) noexcept {
    std::uint32_t wanted = connection.reading ? std::uint32_t{EPOLLIN} : 0;
    if (connection.sending()) {
        wanted = EPOLLOUT;
    }
    if (wanted == connection.interest) {
        return;
    }
    int change = EPOLL_CTL_MOD;
    if (wanted == 0) {
        change = EPOLL_CTL_DEL;
    } else if (connection.interest == 0) {
        change = EPOLL_CTL_ADD;
    }
    if (epoll_.control(change, connection.descriptor(), &connection, wanted) == 0) {
        connection.interest = wanted;
    }
}

}  // namespace contend
