// LatencySeries for Python.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "bindings/times.h"
#include "core/latency_series.h"

namespace py = pybind11;

namespace contend {
namespace {

// The buckets from the lowest that holds a count to the highest; one, when none does.
std::pair<std::size_t, std::size_t> used_buckets(const LatencySeries& series) {
    std::size_t first = LatencySeries::kBuckets;
    std::size_t last = 0;
    for (std::size_t i = 0; i < series.counts.size(); ++i) {
        if (series.counts[i] != 0) {
            first = std::min(first, i % LatencySeries::kBuckets);
            last = std::max(last, i % LatencySeries::kBuckets);
        }
    }
    return first > last ? std::pair<std::size_t, std::size_t>(0, 0) : std::pair(first, last);
}

py::array_t<std::uint64_t> used_counts(const LatencySeries& series) {
    const auto [first, last] = used_buckets(series);
    const std::size_t columns = last - first + 1;
    py::array_t<std::uint64_t> counts({series.size, columns});
    for (std::size_t row = 0; row < series.size; ++row) {
        std::copy_n(&series.counts[row * LatencySeries::kBuckets + first], columns,
                    counts.mutable_data() + row * columns);
    }
    return counts;
}

py::array_t<Count> used_edges(const LatencySeries& series) {
    const auto [first, last] = used_buckets(series);
    py::array_t<Count> edges(static_cast<py::ssize_t>(last - first + 2));
    for (std::size_t i = first; i <= last + 1; ++i) {
        edges.mutable_data()[i - first] = LatencySeries::lowest_of(i);
    }
    return edges;
}

}  // namespace

void register_latency_series(py::module_& module) {
    py::class_<LatencySeries, std::shared_ptr<LatencySeries>>(module, "LatencySeries")
        .def_property_readonly("width_ns", ns_getter(&LatencySeries::width))
        .def_property_readonly("counts", &used_counts)
        .def_property_readonly("edges_ns", &used_edges);
}

}  // namespace contend
