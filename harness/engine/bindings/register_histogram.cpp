// Histogram for Python.
#include <pybind11/pybind11.h>

#include "core/histogram.h"

namespace py = pybind11;

namespace contend {

void register_histogram(py::module_& module) {
    py::class_<Histogram>(module, "Histogram")
        .def(py::init<>())
        .def(
            "record",
            [](Histogram& self, std::int64_t value_ns, std::int64_t times) {
                if (times < 0) {
                    throw py::value_error("a value can't be recorded fewer than 0 times");
                }
                self.record(Nanoseconds(value_ns), static_cast<std::uint64_t>(times));
            },
            py::arg("value_ns"), py::arg("times") = 1)
        .def("add", &Histogram::add, py::arg("other"))
        .def_property_readonly("count", &Histogram::count)
        .def_property_readonly("clamped", &Histogram::clamped)
        .def_property_readonly("min_ns", [](const Histogram& self) { return self.min().count(); })
        .def_property_readonly("max_ns", [](const Histogram& self) { return self.max().count(); })
        .def_property_readonly("mean_ns", &Histogram::mean_ns)
        .def_property_readonly("stddev_ns", &Histogram::stddev_ns)
        .def(
            "value_at_quantile_ns",
            [](const Histogram& self, double quantile) {
                if (!(quantile >= 0.0 && quantile <= 1.0)) {
                    throw py::value_error("a quantile lies between 0 and 1");
                }
                return self.value_at_quantile(quantile).count();
            },
            py::arg("quantile"))
        .def(
            "count_above_ns",
            [](const Histogram& self, std::int64_t value_ns) {
                return self.count_above(Nanoseconds(value_ns));
            },
            py::arg("value_ns"))
        .def("encode", &Histogram::encode)
        .def_static("decode", &Histogram::decode, py::arg("text"));
}

}  // namespace contend
