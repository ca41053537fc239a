// The extension contend._engine; harness/contend/_engine.pyi is its typed face.
#include <pybind11/pybind11.h>

namespace contend {

void register_histogram(pybind11::module_& module);
void register_latency_series(pybind11::module_& module);
void register_probe(pybind11::module_& module);
void register_result(pybind11::module_& module);
void register_spec(pybind11::module_& module);
void register_trial(pybind11::module_& module);
void register_servers(pybind11::module_& module);

}  // namespace contend

PYBIND11_MODULE(_engine, module) {
    module.doc() = "contend's engine. Times are integers in nanoseconds.";
    contend::register_histogram(module);
    contend::register_spec(module);
    contend::register_latency_series(module);
    contend::register_result(module);
    contend::register_trial(module);
    contend::register_probe(module);
    contend::register_servers(module);
}
