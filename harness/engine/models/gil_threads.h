// Model gil-threads: a thread per connection under the GIL, as CPython's standard library
// serves.
#pragma once

#include <array>

#include "models/gil.h"
#include "models/parameters.h"
#include "models/spinner.h"
#include "models/thread_per_connection.h"

namespace contend {

template <class Runtime>
class GilThreads {
   public:
    static constexpr std::string_view kName = "gil-threads";
    static constexpr std::string_view kSummary = "a thread per connection under CPython's GIL";
    static constexpr std::array kParameters{
        Parameter{"switch-interval", "how long a thread waits before it asks for the GIL", "5ms"},
        Parameter{"spinners", "threads that only compute", "0"},
        // socketserver's own is 5: connections opened together would meet the backlog, not
        // the GIL, so the measured servers raise it to Node's.
        Parameter{"backlog", "connections that wait to be accepted", "511"},
    };

    GilThreads(Runtime& runtime, const Parameters& parameters)
        : runtime_(runtime),
          spinners_(parameters.count("spinners", 0, 1024)),
          gil_(runtime, parameters.duration("switch-interval")),
          server_(runtime, gil_) {}

    Task<> run() {
        for (std::uint64_t i = 0; i < spinners_; ++i) {
            runtime_.spawn(spin(runtime_, gil_));
        }
        co_await server_.run();
    }

   private:
    Runtime& runtime_;
    std::uint64_t spinners_;
    Gil<Runtime> gil_;
    ThreadPerConnection<Runtime, Gil<Runtime>> server_;
};

}  // namespace contend
