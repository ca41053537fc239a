// run_trial(), and what trials may be made of, for Python.
#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <tuple>
#include <vector>

#include "arrivals/arrival_process.h"
#include "bindings/times.h"
#include "exchange/registry.h"
#include "load/class_deck.h"
#include "load/generator.h"

namespace py = pybind11;

namespace contend {
namespace {

// The trial runs without the GIL; each report of its progress takes it for the callback.
TrialResult run(const TrialSpec& spec, const std::optional<py::function>& progress) {
    ProgressCallback report;
    if (progress) {
        report = [&progress](const Progress& now) {
            const py::gil_scoped_acquire gil;
            return (*progress)(now).cast<bool>();
        };
    }
    const py::gil_scoped_release no_gil;
    try {
        return run_trial(spec, report);
    } catch (const std::system_error& error) {
        const py::gil_scoped_acquire gil;
        errno = error.code().value();
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, error.what());
        throw py::error_already_set();
    }
}

}  // namespace

void register_trial(py::module_& module) {
    py::class_<Progress>(module, "Progress")
        .def_readonly("phase", &Progress::phase)
        .def_property_readonly("elapsed_ns", ns_getter(&Progress::elapsed))
        .def_readonly("completed", &Progress::completed)
        .def_readonly("failed", &Progress::failed)
        .def_readonly("given_up", &Progress::given_up)
        .def_readonly("wrong_status", &Progress::wrong_status)
        .def_readonly("latency_series", &Progress::latency_series);
    module.def("run_trial", &run, py::arg("spec"), py::arg("progress") = py::none());
    module.def("deck_size", [](const std::vector<RequestClass>& classes) {
        return ClassDeck(classes, 0).size();
    });
    module.def("arrival_kinds", [] {
        std::vector<std::tuple<std::string, std::string, bool>> kinds;
        for (const auto& kind : arrival_kinds()) {
            kinds.emplace_back(kind.name, kind.summary, kind.open_loop);
        }
        return kinds;
    });
    module.def("protocol_kinds", [] {
        std::map<std::string, std::vector<std::string>> kinds;
        for (const auto& kind : protocol_kinds()) {
            auto& options = kinds[std::string(kind.name)];
            for (const auto& option : kind.options) {
                options.emplace_back(option.name);
            }
        }
        return kinds;
    });
}

}  // namespace contend
