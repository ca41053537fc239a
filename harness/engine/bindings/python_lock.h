// The interpreter's own lock, as ThreadPerConnection and spin() use one: a real GIL in the place of
// the emulated one (models/gil.h).
//
// Computing under it runs a Python callable, so the interpreter's own eval breaker and switch
// interval decide when it lets go. Each member is called by the thread whose Thread it is given;
// none may be while the interpreter goes down.
#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <coroutine>

#include "core/clock.h"
#include "servers/socket_runtime.h"

namespace contend {

class PythonLock {
   public:
    struct Thread {
        explicit Thread(SocketRuntime&) {}

        PyGILState_STATE entered{};
        PyThreadState* dropped = nullptr;
    };

    /// `compute(cpu_ns)` burns CPU in bytecode. Both outlive it.
    PythonLock(SocketRuntime& runtime, const pybind11::function& compute)
        : runtime_(runtime), compute_(compute) {}

    std::suspend_never enter(Thread& self) {
        self.entered = PyGILState_Ensure();
        return {};
    }
    std::suspend_never leave(Thread& self) {
        PyGILState_Release(self.entered);
        return {};
    }
    std::suspend_never take(Thread& self) {
        PyEval_RestoreThread(self.dropped);
        return {};
    }
    std::suspend_never drop(Thread& self) {
        self.dropped = PyEval_SaveThread();
        return {};
    }

    // Piece by piece, so that a server that computes can be stopped. The lock is kept between
    // them. A step of no time calls once, too.
    std::suspend_never compute(Thread&, Nanoseconds duration) {
        constexpr Nanoseconds kPiece = std::chrono::milliseconds(1);
        try {
            do {
                const Nanoseconds piece = std::min(duration, kPiece);
                compute_(static_cast<std::int64_t>(piece.count()));
                duration -= piece;
            } while (duration > Nanoseconds(0) && !runtime_.stopping());
        } catch (pybind11::error_already_set& error) {
            error.discard_as_unraisable("a step of contend serve python-callable");
        }
        return {};
    }

   private:
    SocketRuntime& runtime_;
    const pybind11::function& compute_;
};

}  // namespace contend
