// The reference server python-callable: the thread server of gil-threads under the interpreter's
// real GIL, with a Python callable for what it computes.
//
// Not in servers/: that room knows no Python.
#pragma once

#include <pybind11/pybind11.h>

#include <span>
#include <string_view>

#include "models/parameters.h"
#include "servers/server.h"

namespace contend {

class PythonCallable {
   public:
    static constexpr std::string_view kName = "python-callable";
    static constexpr std::string_view kSummary =
        "a thread per connection under this interpreter's GIL";
    static std::span<const Parameter> parameters();

    /// As ServerKind::serve. `compute(cpu_ns)` is called for each cpu step, and with 0 for
    /// /plaintext and /json. REQUIRES: the caller has a thread state, and has let go of the GIL.
    static void serve(const ServerOptions& options, const pybind11::function& compute);
};

}  // namespace contend
