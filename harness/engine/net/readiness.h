// Which of a load thread's sockets can be read or written: an epoll of their own inside Asio's.
//
// Asio reads a socket once more before it waits for it (Boost 1.81 skips that behind the stream's
// end alone), and registers anew for each wait without a read: a system call in vain a request, a
// twentieth of what the closed loop costs. Here sockets are registered once, edge-triggered, and
// one wait of Asio's, for all of them, tells that some are ready. Used by one thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <utility>

namespace contend {

class Readiness {
   public:
    /// One that is watched, as long as it lives and its socket is open.
    class Watched : public boost::intrusive::list_base_hook<
                        boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
       public:
        /// epoll's events, as they have come.
        virtual void notice(std::uint32_t events) = 0;
        /// Its turn, after list(). True when it has called somebody.
        virtual bool take_turn() = 0;

       protected:
        ~Watched() = default;
    };

    explicit Readiness(boost::asio::io_context& context)
        : descriptor_(context, ::epoll_create1(EPOLL_CLOEXEC)) {
        wait();
    }

    /// 0, or -1 with errno. A socket that is closed is no longer watched.
    int watch(int socket, Watched& by) noexcept {
        return control(EPOLL_CTL_ADD, socket, by, kReading);
    }
    int watch_writing(int socket, Watched& by) noexcept {
        return control(EPOLL_CTL_MOD, socket, by, kReading | EPOLLOUT);
    }

    /// It wants its turn.
    void list(Watched& one) noexcept {
        if (!one.is_linked()) {
            ready_.push_back(one);
        }
    }

    /// Gives turns until somebody has been called; false where nobody is ready.
    bool take_turn() {
        while (!ready_.empty()) {
            Watched& next = ready_.front();
            ready_.pop_front();
            if (next.take_turn()) {
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] bool has_any() const noexcept { return !ready_.empty(); }
    /// Whether a call of Asio's brought no more than that some are ready.
    [[nodiscard]] bool has_rung() noexcept { return std::exchange(has_rung_, false); }

   private:
    static constexpr int kMost = 256;
    static constexpr std::uint32_t kReading = EPOLLIN | EPOLLRDHUP | EPOLLET;

    int control(int change, int socket, Watched& by, std::uint32_t events) noexcept {
        epoll_event event{.events = events, .data = {.ptr = &by}};
        return ::epoll_ctl(descriptor_.native_handle(), change, socket, &event);
    }

    void wait() {
        descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                               [this](const boost::system::error_code& error) {
                                   if (!error) {
                                       has_rung_ = true;
                                       notice();
                                       wait();
                                   }
                               });
    }

    // What finds no place any more has the next wait return at once.
    void notice() {
        const int count = ::epoll_wait(descriptor_.native_handle(), events_.data(), kMost, 0);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events_[static_cast<std::size_t>(i)];
            static_cast<Watched*>(event.data.ptr)->notice(event.events);
        }
    }

    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
    std::array<epoll_event, kMost> events_{};
    boost::intrusive::list<Watched, boost::intrusive::constant_time_size<false>> ready_;
    bool has_rung_ = false;
};

}  // namespace contend
