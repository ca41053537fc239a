#include "bindings/python_callable.h"

#include <algorithm>
#include <array>

#include "bindings/python_lock.h"
#include "models/gil_threads.h"
#include "models/spinner.h"
#include "models/thread_per_connection.h"
#include "servers/listener.h"
#include "servers/routes.h"
#include "servers/socket_runtime.h"

namespace py = pybind11;

namespace contend {

namespace {

// As gil-threads declares them, and the seed.
constexpr auto kParameters = [] {
    constexpr auto kModel = GilThreads<SocketRuntime>::kParameters;
    std::array<Parameter, kModel.size() + 1> all;
    *std::ranges::copy(kModel, all.begin()).out = kSeedParameter;
    return all;
}();

// The interpreter's switch interval while a server runs.
class SwitchInterval {
   public:
    explicit SwitchInterval(Nanoseconds interval) {
        const py::gil_scoped_acquire gil;
        before_ = py::module_::import("sys").attr("getswitchinterval")().cast<double>();
        set(std::chrono::duration<double>(interval).count());
    }
    SwitchInterval(const SwitchInterval&) = delete;
    SwitchInterval& operator=(const SwitchInterval&) = delete;
    ~SwitchInterval() {
        const py::gil_scoped_acquire gil;
        set(before_);
    }

   private:
    static void set(double seconds) {
        py::module_::import("sys").attr("setswitchinterval")(seconds);
    }

    double before_ = 0.0;
};

}  // namespace

std::span<const Parameter> PythonCallable::parameters() { return kParameters; }

void PythonCallable::serve(const ServerOptions& options, const py::function& compute) {
    const Parameters parameters(kName, kParameters, options.parameters);
    const std::uint64_t seed = parameters.count("seed", 0, std::uint64_t(-1));
    const std::uint64_t spinners = parameters.count("spinners", 0, 1024);
    const SwitchInterval interval(parameters.duration("switch-interval"));
    const Routes routes(Mix(options.handlers), parse_handler("cpu=0ms"));
    Listener listener(options.port, static_cast<int>(parameters.count("backlog", 1, kMostBacklog)));
    SocketRuntime runtime(listener, routes, seed);
    PythonLock lock(runtime, compute);
    ThreadPerConnection<SocketRuntime, PythonLock> server(runtime, lock);
    options.on_listening(listener.port());
    for (std::uint64_t i = 0; i < spinners; ++i) {
        runtime.spawn(spin(runtime, lock));
    }
    runtime.serve(server.run(), options.stop_descriptor);
}

}  // namespace contend
