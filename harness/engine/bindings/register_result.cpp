// TrialResult and what it is made of, for Python.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <map>
#include <string>
#include <vector>

#include "bindings/times.h"
#include "core/trial_result.h"

namespace py = pybind11;

namespace contend {
namespace {

std::size_t outcome_index(std::string_view name) {
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
        if (kOutcomeNames[i] == name) {
            return i;
        }
    }
    throw py::key_error(std::string(name));
}

std::map<std::string, std::uint64_t> named(const std::array<std::uint64_t, kOutcomeCount>& counts) {
    std::map<std::string, std::uint64_t> by_name;
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
        by_name.emplace(kOutcomeNames[i], counts[i]);
    }
    return by_name;
}

py::array_t<Count> rows_of(const std::vector<Sample>& samples) {
    py::array_t<Count> rows({samples.size(), std::size_t{4}});
    auto* cell = rows.mutable_data();
    for (const Sample& sample : samples) {
        *cell++ = since_zero(sample.intended);
        *cell++ = since_zero(sample.sent);
        *cell++ = since_zero(sample.completed);
        *cell++ = static_cast<Count>(sample.outcome);
    }
    return rows;
}

void register_parts(py::module_& module) {
    py::class_<OutcomeCounts>(module, "OutcomeCounts")
        .def_readonly("scheduled", &OutcomeCounts::scheduled)
        .def_readonly("resent", &OutcomeCounts::resent)
        .def("__getitem__", [](const OutcomeCounts& self, std::string_view outcome) {
            return self.by_outcome[outcome_index(outcome)];
        });

    py::class_<Slice>(module, "Slice")
        .def_property_readonly("start_ns", ns_getter(&Slice::start))
        .def_property_readonly("length_ns", ns_getter(&Slice::length))
        .def_property_readonly("outcomes", [](const Slice& self) { return named(self.by_outcome); })
        .def_readonly("completed_ok", &Slice::completed_ok)
        .def_readonly("latency", &Slice::latency);

    py::class_<ClassResult>(module, "ClassResult")
        .def_readonly("name", &ClassResult::name)
        .def_readonly("share", &ClassResult::share)
        .def_readonly("requests", &ClassResult::requests)
        .def_readonly("latency", &ClassResult::latency)
        .def_readonly("latency_low", &ClassResult::latency_low)
        .def_readonly("latency_high", &ClassResult::latency_high)
        .def_readonly("service_time", &ClassResult::service_time)
        .def_property_readonly("lowest_lower_bound_ns", [](const ClassResult& self) {
            return count_of(self.lowest_lower_bound);
        });

    py::class_<StageResult>(module, "StageResult")
        .def_readonly("requests", &StageResult::requests)
        .def_readonly("latency", &StageResult::latency)
        .def_readonly("latency_low", &StageResult::latency_low)
        .def_readonly("latency_high", &StageResult::latency_high)
        .def_readonly("completed_ok", &StageResult::completed_ok)
        .def_property_readonly("lowest_lower_bound_ns", [](const StageResult& self) {
            return count_of(self.lowest_lower_bound);
        });

    py::class_<ServerUsage>(module, "ServerUsage")
        .def_property_readonly("cpu_ns", ns_getter(&ServerUsage::cpu))
        .def_property_readonly("busiest_thread_ns", ns_getter(&ServerUsage::busiest_thread))
        .def_readonly("max_rss_bytes", &ServerUsage::max_rss_bytes)
        .def_readonly("rss_growth_bytes", &ServerUsage::rss_growth_bytes)
        .def_readonly("end_rss_bytes", &ServerUsage::end_rss_bytes)
        .def_readonly("max_threads", &ServerUsage::max_threads)
        .def_readonly("voluntary_switches", &ServerUsage::voluntary_switches)
        .def_readonly("involuntary_switches", &ServerUsage::involuntary_switches);
}

}  // namespace

void register_result(py::module_& module) {
    register_parts(module);
    py::class_<TrialResult>(module, "TrialResult")
        .def_property_readonly("warmup_ns", ns_getter(&TrialResult::warmup))
        .def_property_readonly("duration_ns", ns_getter(&TrialResult::duration))
        .def_readonly("stopped", &TrialResult::stopped)
        .def_readonly("requests", &TrialResult::requests)
        .def_readonly("completed_ok", &TrialResult::completed_ok)
        .def_readonly("sent", &TrialResult::sent)
        .def_readonly("bytes_received", &TrialResult::bytes_received)
        .def_readonly("latency", &TrialResult::latency)
        .def_readonly("latency_low", &TrialResult::latency_low)
        .def_readonly("latency_high", &TrialResult::latency_high)
        .def_readonly("service_time", &TrialResult::service_time)
        .def_readonly("send_lag", &TrialResult::send_lag)
        .def_readonly("own_lateness", &TrialResult::own_lateness)
        .def_readonly("disturbed", &TrialResult::disturbed)
        .def_readonly("receive_lag", &TrialResult::receive_lag)
        .def_readonly("latency_as_read", &TrialResult::latency_as_read)
        .def_readonly("kernel_stamps", &TrialResult::kernel_stamps)
        .def_property_readonly(
            "lowest_lower_bound_ns",
            [](const TrialResult& self) { return count_of(self.lowest_lower_bound); })
        .def_readonly("classes", &TrialResult::classes)
        .def_readonly("stages", &TrialResult::stages)
        .def_readonly("slices", &TrialResult::slices)
        .def_readonly("latency_series", &TrialResult::latency_series)
        .def_readonly("connections_opened", &TrialResult::connections_opened)
        .def_readonly("wrong_statuses", &TrialResult::wrong_statuses)
        .def_readonly("unasked_responses", &TrialResult::unasked_responses)
        .def_readonly("connections_missing", &TrialResult::connections_missing)
        .def_readonly("connect_time", &TrialResult::connect_time)
        .def_readonly("handshake_time", &TrialResult::handshake_time)
        .def_readonly("handshakes_resumed", &TrialResult::handshakes_resumed)
        .def_property_readonly("generator_cpu_ns", ns_getter(&TrialResult::generator_cpu))
        .def_property_readonly("poll_window_ns", ns_getter(&TrialResult::poll_window))
        .def_readonly("busiest_thread_share", &TrialResult::busiest_thread_share)
        .def_readonly("generator_max_rss_bytes", &TrialResult::generator_max_rss_bytes)
        .def_readonly("run_queue_share", &TrialResult::run_queue_share)
        .def_property_readonly("stalled_ns", ns_getter(&TrialResult::stalled))
        .def_property_readonly("longest_stall_ns", ns_getter(&TrialResult::longest_stall))
        .def_readonly("stolen_share", &TrialResult::stolen_share)
        .def_readonly("in_flight_seconds", &TrialResult::in_flight_seconds)
        .def_readonly("server", &TrialResult::server)
        .def_readonly("beside", &TrialResult::beside)
        .def_property_readonly("samples_ns",
                               [](const TrialResult& self) { return rows_of(self.samples); })
        .def_property_readonly("gaps_ns",
                               [](const TrialResult& self) { return rows_of(self.gaps); });
}

}  // namespace contend
