// Calls from other threads into an io_context that has no locks.
//
// One request takes Asio's own queue through several locks; with none in the whole context only
// this way in is left. What was posted is called on the context's thread, in order. post() may be
// called by any thread, all else by the context's. It also keeps the context from running out of
// work.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace contend {

class Inbox {
   public:
    explicit Inbox(boost::asio::io_context& context)
        : bell_(context, ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        wait();
    }

    void post(std::function<void()> call) {
        {
            const std::lock_guard lock(mutex_);
            calls_.push_back(std::move(call));
        }
        const std::uint64_t once = 1;
        [[maybe_unused]] const auto rung = ::write(bell_.native_handle(), &once, sizeof(once));
    }

   private:
    void wait() {
        bell_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this](const boost::system::error_code& error) {
                             if (error) {
                                 return;
                             }
                             std::uint64_t rings = 0;
                             [[maybe_unused]] const auto heard =
                                 ::read(bell_.native_handle(), &rings, sizeof(rings));
                             wait();
                             for (const auto& call : take()) {
                                 call();
                             }
                         });
    }

    std::vector<std::function<void()>> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(calls_, {});
    }

    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> bell_;
    std::mutex mutex_;
    std::vector<std::function<void()>> calls_;  // guarded by mutex_
};

}  // namespace contend
