// The reference servers for Python.
#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "bindings/python_callable.h"
#include "servers/server.h"

namespace py = pybind11;

namespace contend {

namespace {

// As Python sees a kind: python-callable, which is in no table of servers/, too.
struct DescribedKind {
    std::string_view name;
    std::string_view summary;
    std::vector<Parameter> parameters;
    bool takes_handlers;
};

std::vector<DescribedKind> all_kinds() {
    std::vector<DescribedKind> kinds;
    for (const auto& kind : server_kinds()) {
        kinds.push_back({kind.name,
                         kind.summary,
                         {kind.parameters.begin(), kind.parameters.end()},
                         kind.takes_handlers});
    }
    const auto parameters = PythonCallable::parameters();
    kinds.push_back({PythonCallable::kName,
                     PythonCallable::kSummary,
                     {parameters.begin(), parameters.end()},
                     true});
    return kinds;
}

// None is a program without steps.
using GivenHandlers = std::vector<std::pair<double, std::optional<std::string>>>;

std::vector<WeightedHandler> read_handlers(const GivenHandlers& handlers) {
    std::vector<WeightedHandler> read;
    for (const auto& [weight, program] : handlers) {
        read.push_back({weight, program ? parse_handler(*program) : Handler()});
    }
    return read;
}

void serve_kind(std::string_view name, const ServerOptions& options,
                const std::optional<py::function>& compute) {
    if ((name == PythonCallable::kName) != compute.has_value()) {
        throw std::invalid_argument("compute is for python-callable, which needs it");
    }
    if (compute) {
        PythonCallable::serve(options, *compute);
        return;
    }
    const auto kinds = server_kinds();
    const auto kind =
        std::ranges::find_if(kinds, [&](const ServerKind& one) { return one.name == name; });
    if (kind == kinds.end()) {
        throw std::invalid_argument("no server '" + std::string(name) + "'");
    }
    if (!kind->takes_handlers && !options.handlers.empty()) {
        throw std::invalid_argument(std::string(name) + " runs no handler");
    }
    kind->serve(options);
}

void serve(std::string_view kind, GivenParameters parameters, std::uint16_t port,
           const GivenHandlers& handlers, const py::function& on_listening, int stop_descriptor,
           const std::optional<py::function>& compute) {
    const ServerOptions options{.port = port,
                                .handlers = read_handlers(handlers),
                                .parameters = std::move(parameters),
                                .on_listening =
                                    [&](std::uint16_t chosen) {
                                        const py::gil_scoped_acquire gil;
                                        on_listening(chosen);
                                    },
                                .stop_descriptor = stop_descriptor};
    const py::gil_scoped_release no_gil;
    try {
        serve_kind(kind, options, compute);
    } catch (const std::system_error& error) {
        const py::gil_scoped_acquire gil;
        errno = error.code().value();
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, error.what());
        throw py::error_already_set();
    }
}

}  // namespace

void register_servers(py::module_& module) {
    py::class_<Parameter>(module, "ServerParameter")
        .def_readonly("name", &Parameter::name)
        .def_readonly("summary", &Parameter::summary)
        .def_readonly("default", &Parameter::default_value);
    py::class_<DescribedKind>(module, "ServerKind")
        .def_readonly("name", &DescribedKind::name)
        .def_readonly("summary", &DescribedKind::summary)
        .def_readonly("parameters", &DescribedKind::parameters)
        .def_readonly("takes_handlers", &DescribedKind::takes_handlers);
    module.def("server_kinds", &all_kinds);
    module.def("serve", &serve, py::arg("kind"), py::arg("parameters"), py::arg("port"),
               py::arg("handlers"), py::arg("on_listening"), py::arg("stop_descriptor"),
               py::arg("compute") = py::none());
}

}  // namespace contend
