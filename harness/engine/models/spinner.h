// A spinner: a thread that does nothing but compute under a lock. The convoy's other half.
#pragma once

#include <chrono>

#include "models/task.h"

namespace contend {

/// Both outlive it. Lock is as ThreadPerConnection has it.
template <class Runtime, class Lock>
Task<> spin(Runtime& runtime, Lock& lock) {
    typename Lock::Thread self(runtime);
    co_await lock.enter(self);
    while (!runtime.stopping()) {
        co_await lock.compute(self, std::chrono::seconds(1));
    }
    co_await lock.leave(self);
}

}  // namespace contend
