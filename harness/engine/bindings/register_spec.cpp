// TrialSpec and what it is made of, for Python.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bindings/times.h"
#include "core/trial_spec.h"

namespace py = pybind11;

namespace contend {
namespace {

constexpr std::array<std::pair<std::string_view, Pacing>, 4> kPacings = {{{"auto", Pacing::kAuto},
                                                                          {"sleep", Pacing::kSleep},
                                                                          {"spin", Pacing::kSpin},
                                                                          {"busy", Pacing::kBusy}}};

std::string_view pacing_name(const TrialSpec& spec) {
    for (const auto& [name, pacing] : kPacings) {
        if (pacing == spec.pacing) {
            return name;
        }
    }
    throw std::logic_error("unnamed pacing");
}

void set_pacing(TrialSpec& spec, std::string_view wanted) {
    for (const auto& [name, pacing] : kPacings) {
        if (name == wanted) {
            spec.pacing = pacing;
            return;
        }
    }
    throw std::invalid_argument("no pacing '" + std::string(wanted) +
                                "': auto, sleep, spin or busy");
}

// A list of times as an attribute `<name>_ns`.
void def_times(py::class_<TrialSpec>& spec, const char* name,
               std::vector<Nanoseconds> TrialSpec::* member) {
    spec.def_property(
        name,
        [member](const TrialSpec& self) {
            std::vector<Count> counts;
            for (const auto time : self.*member) {
                counts.push_back(time.count());
            }
            return counts;
        },
        [member](TrialSpec& self, const std::vector<Count>& counts) {
            auto& times = self.*member;
            times.clear();
            times.reserve(counts.size());
            for (const Count count : counts) {
                times.emplace_back(count);
            }
        });
}

void register_request_class(py::module_& module) {
    py::class_<RequestClass>(module, "RequestClass")
        .def(py::init<>())
        .def_readwrite("name", &RequestClass::name)
        .def_readwrite("weight", &RequestClass::weight)
        .def_readwrite("method", &RequestClass::method)
        .def_readwrite("path", &RequestClass::path)
        .def_readwrite("headers", &RequestClass::headers)
        .def_property(
            "body", [](const RequestClass& self) { return py::bytes(self.body); },
            [](RequestClass& self, const py::bytes& body) { self.body = body; })
        .def_readwrite("expect_status", &RequestClass::expect_status)
        .def_readwrite("carries_intended", &RequestClass::carries_intended)
        .def_readwrite("is_drawn", &RequestClass::is_drawn)
        .def_readwrite("pushed", &RequestClass::pushed)
        .def_readwrite("read_bytes_per_s", &RequestClass::read_bytes_per_s)
        .def_readwrite("cookies", &RequestClass::cookies)
        .def_property(
            "expect_body",
            [](const RequestClass& self) -> std::optional<py::bytes> {
                return self.expect_body ? std::optional(py::bytes(*self.expect_body))
                                        : std::nullopt;
            },
            [](RequestClass& self, const std::optional<py::bytes>& body) {
                self.expect_body = body ? std::optional<std::string>(*body) : std::nullopt;
            });
}

void register_tls(py::module_& module) {
    py::class_<TlsOptions>(module, "TlsOptions")
        .def(py::init<>())
        .def_readwrite("server_name", &TlsOptions::server_name)
        .def_readwrite("verifies", &TlsOptions::verifies)
        .def_readwrite("ca_file", &TlsOptions::ca_file)
        .def_readwrite("resumes", &TlsOptions::resumes);
}

}  // namespace

void register_spec(py::module_& module) {
    register_request_class(module);
    register_tls(module);
    py::class_<TrialSpec> spec(module, "TrialSpec");
    spec.def(py::init<>())
        .def_readwrite("protocol", &TrialSpec::protocol)
        .def_readwrite("protocol_options", &TrialSpec::protocol_options)
        .def_readwrite("host", &TrialSpec::host)
        .def_readwrite("address", &TrialSpec::address)
        .def_readwrite("port", &TrialSpec::port)
        .def_readwrite("unix_path", &TrialSpec::unix_path)
        .def_readwrite("tls", &TrialSpec::tls)
        .def_readwrite("classes", &TrialSpec::classes)
        .def_readwrite("arrivals", &TrialSpec::arrivals)
        .def_readwrite("rate_per_s", &TrialSpec::rate_per_s)
        .def_property(
            "stages",
            [](const TrialSpec& self) {
                std::vector<std::pair<Count, double>> stages;
                for (const RateStage& stage : self.stages) {
                    stages.emplace_back(stage.length.count(), stage.rate_per_s);
                }
                return stages;
            },
            [](TrialSpec& self, const std::vector<std::pair<Count, double>>& stages) {
                self.stages.clear();
                for (const auto& [length, rate] : stages) {
                    self.stages.push_back({Nanoseconds(length), rate});
                }
            })
        .def_readwrite("seed", &TrialSpec::seed)
        .def_readwrite("keep_alive", &TrialSpec::keep_alive)
        .def_readwrite("connections", &TrialSpec::connections)
        .def_readwrite("threads", &TrialSpec::threads)
        .def_readwrite("cpus", &TrialSpec::cpus)
        .def_property("pacing", &pacing_name, &set_pacing)
        .def_readwrite("max_requests", &TrialSpec::max_requests)
        .def_readwrite("max_queue", &TrialSpec::max_queue)
        .def_readwrite("server_pid", &TrialSpec::server_pid)
        .def_readwrite("beside_pid", &TrialSpec::beside_pid)
        .def_readwrite("most_samples", &TrialSpec::most_samples);
    def_times(spec, "looks_ns", &TrialSpec::looks);
    def_times(spec, "recorded_ns", &TrialSpec::recorded);
    const auto duration = [&](const char* name, Nanoseconds TrialSpec::* member) {
        spec.def_property(name, ns_getter(member), ns_setter(member));
    };
    duration("think_ns", &TrialSpec::think);
    duration("warmup_ns", &TrialSpec::warmup);
    duration("duration_ns", &TrialSpec::duration);
    duration("timeout_ns", &TrialSpec::timeout);
    duration("deadline_ns", &TrialSpec::deadline);
    duration("connect_timeout_ns", &TrialSpec::connect_timeout);
}

}  // namespace contend
