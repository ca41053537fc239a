// Descriptors that are watched, each with a tag by which it is told apart (epoll(7),
// level-triggered).
//
// Used by one thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/file_descriptor.h"

namespace contend {

template <std::size_t kMost>
class Epoll {
   public:
    Epoll() : epoll_(require(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

    /// Throws std::system_error where the kernel refuses.
    void watch(int descriptor, void* tag, std::uint32_t events = EPOLLIN) {
        require(control(EPOLL_CTL_ADD, descriptor, tag, events), "epoll_ctl");
    }
    /// 0, or -1 where the kernel refuses.
    int control(int change, int descriptor, void* tag, std::uint32_t events) noexcept {
        epoll_event event{.events = events, .data = {.ptr = tag}};
        return ::epoll_ctl(epoll_.get(), change, descriptor, &event);
    }

    /// What is ready, until the next call; nothing where `timeout_ms` passes first (-1: never).
    std::span<const epoll_event> wait(int timeout_ms) noexcept {
        const int count =
            ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(kMost), timeout_ms);
        return std::span(events_).first(count > 0 ? static_cast<std::size_t>(count) : 0);
    }

   private:
    FileDescriptor epoll_;
    std::array<epoll_event, kMost> events_{};
};

}  // namespace contend
