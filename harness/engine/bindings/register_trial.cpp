// TrialSpec, TrialResult and run_trial() for Python.
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <map>
#include <stdexcept>

#include "arrivals/arrival_process.h"
#include "load/class_deck.h"
#include "load/generator.h"
#include "load/machine_probe.h"
#include "exchange/session.h"

namespace py = pybind11;

namespace contend {
namespace {

using Count = std::int64_t;

// A duration member of T as an attribute `<name>_ns`.
template <class T>
auto ns_getter(Nanoseconds T::* member) {
    return [member](const T& object) { return static_cast<Count>((object.*member).count()); };
}
template <class T>
auto ns_setter(Nanoseconds T::* member) {
    return [member](T& object, Count value) { object.*member = Nanoseconds(value); };
}

std::optional<Count> count_of(const std::optional<Nanoseconds>& time) {
    return time ? std::optional<Count>(time->count()) : std::nullopt;
}

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

void register_spec(py::module_& module) {
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

    py::class_<TrialSpec> spec(module, "TrialSpec");
    spec.def(py::init<>())
        .def_readwrite("protocol", &TrialSpec::protocol)
        .def_readwrite("protocol_options", &TrialSpec::protocol_options)
        .def_readwrite("host", &TrialSpec::host)
        .def_readwrite("address", &TrialSpec::address)
        .def_readwrite("port", &TrialSpec::port)
        .def_readwrite("classes", &TrialSpec::classes)
        .def_readwrite("arrivals", &TrialSpec::arrivals)
        .def_readwrite("rate_per_s", &TrialSpec::rate_per_s)
        .def_readwrite("seed", &TrialSpec::seed)
        .def_readwrite("keep_alive", &TrialSpec::keep_alive)
        .def_readwrite("connections", &TrialSpec::connections)
        .def_readwrite("threads", &TrialSpec::threads)
        .def_readwrite("cpus", &TrialSpec::cpus)
        .def_property("pacing", &pacing_name, &set_pacing)
        .def_readwrite("max_requests", &TrialSpec::max_requests)
        .def_property(
            "looks_ns",
            [](const TrialSpec& self) {
                std::vector<Count> looks;
                for (const auto look : self.looks) {
                    looks.push_back(look.count());
                }
                return looks;
            },
            [](TrialSpec& self, const std::vector<Count>& looks) {
                self.looks.clear();
                for (const Count look : looks) {
                    self.looks.emplace_back(look);
                }
            })
        .def_readwrite("max_queue", &TrialSpec::max_queue)
        .def_readwrite("server_pid", &TrialSpec::server_pid)
        .def_readwrite("beside_pid", &TrialSpec::beside_pid)
        .def_readwrite("most_samples", &TrialSpec::most_samples);
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

void register_latency_series(py::module_& module) {
    py::class_<LatencySeries, std::shared_ptr<LatencySeries>>(module, "LatencySeries")
        .def_property_readonly("width_ns", ns_getter(&LatencySeries::width))
        .def_property_readonly("counts", &used_counts)
        .def_property_readonly("edges_ns", &used_edges);
}

Count since_zero(TimePoint time) { return time.time_since_epoch().count(); }

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

py::array_t<Count> rows_of(const std::vector<Gap>& gaps) {
    py::array_t<Count> rows({gaps.size(), std::size_t{2}});
    auto* cell = rows.mutable_data();
    for (const Gap& gap : gaps) {
        *cell++ = since_zero(gap.begin);
        *cell++ = since_zero(gap.end);
    }
    return rows;
}

void register_result(py::module_& module) {
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

    py::class_<ServerUsage>(module, "ServerUsage")
        .def_property_readonly("cpu_ns", ns_getter(&ServerUsage::cpu))
        .def_property_readonly("busiest_thread_ns", ns_getter(&ServerUsage::busiest_thread))
        .def_readonly("max_rss_bytes", &ServerUsage::max_rss_bytes)
        .def_readonly("rss_growth_bytes", &ServerUsage::rss_growth_bytes)
        .def_readonly("end_rss_bytes", &ServerUsage::end_rss_bytes)
        .def_readonly("max_threads", &ServerUsage::max_threads)
        .def_readonly("voluntary_switches", &ServerUsage::voluntary_switches)
        .def_readonly("involuntary_switches", &ServerUsage::involuntary_switches);

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
        .def_readonly("slices", &TrialResult::slices)
        .def_readonly("latency_series", &TrialResult::latency_series)
        .def_readonly("connections_opened", &TrialResult::connections_opened)
        .def_readonly("wrong_statuses", &TrialResult::wrong_statuses)
        .def_readonly("unasked_responses", &TrialResult::unasked_responses)
        .def_readonly("connections_missing", &TrialResult::connections_missing)
        .def_readonly("connect_time", &TrialResult::connect_time)
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
    register_spec(module);
    register_latency_series(module);
    register_result(module);
    py::class_<Progress>(module, "Progress")
        .def_readonly("phase", &Progress::phase)
        .def_property_readonly("elapsed_ns", ns_getter(&Progress::elapsed))
        .def_readonly("completed", &Progress::completed)
        .def_readonly("failed", &Progress::failed)
        .def_readonly("given_up", &Progress::given_up)
        .def_readonly("latency_series", &Progress::latency_series);
    module.def("run_trial", &run, py::arg("spec"), py::arg("progress") = py::none());
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
