// A reference server on a thread of its own, for tests: at a port that the kernel chose, until it
// goes.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstdint>
#include <future>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/file_descriptor.h"
#include "servers/server.h"

namespace contend {

/// REQUIRES: there is one of that name.
inline const ServerKind& kind(std::string_view name) {
    const auto kinds = server_kinds();
    return *std::ranges::find_if(kinds, [&](const ServerKind& one) { return one.name == name; });
}

class RunningServer {
   public:
    explicit RunningServer(std::string_view name, std::vector<WeightedHandler> handlers = {},
                           GivenParameters parameters = {})
        : stop_(require(::eventfd(0, EFD_CLOEXEC), "eventfd")) {
        ServerOptions options{.handlers = std::move(handlers),
                              .parameters = std::move(parameters),
                              .on_listening = [this](std::uint16_t port) { port_.set_value(port); },
                              .stop_descriptor = stop_.get()};
        thread_ =
            std::thread([&one = kind(name), options = std::move(options)] { one.serve(options); });
        chosen_ = port_.get_future().get();
    }
    ~RunningServer() { stop(); }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return chosen_; }
    void stop() {
        if (thread_.joinable()) {
            const std::uint64_t once = 1;
            EXPECT_EQ(::write(stop_.get(), &once, sizeof(once)), sizeof(once));
            thread_.join();
        }
    }

   private:
    FileDescriptor stop_;
    std::promise<std::uint16_t> port_;
    std::uint16_t chosen_ = 0;
    std::thread thread_;
};

}  // namespace contend
