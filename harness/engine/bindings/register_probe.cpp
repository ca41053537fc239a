// MachineProbe and probe_machine() for Python.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "bindings/times.h"
#include "load/machine_probe.h"

namespace py = pybind11;

namespace contend {

void register_probe(py::module_& module) {
    py::class_<MachineProbe>(module, "MachineProbe")
        .def_property_readonly("clock_step_ns", ns_getter(&MachineProbe::clock_step))
        .def_property_readonly("clock_cost_ns", ns_getter(&MachineProbe::clock_cost))
        .def_readonly("timer_lateness", &MachineProbe::timer_lateness)
        .def_property_readonly("polled_ns", ns_getter(&MachineProbe::polled))
        .def_property_readonly("gaps_ns",
                               [](const MachineProbe& self) { return rows_of(self.gaps); });
    module.def(
        "probe_machine",
        [](Count polling_ns, std::size_t timers) {
            const py::gil_scoped_release no_gil;
            return probe_machine(Nanoseconds(polling_ns), timers);
        },
        py::arg("polling_ns"), py::arg("timers"));
}

}  // namespace contend
