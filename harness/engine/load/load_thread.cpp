#include "load/load_thread.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>

#include <system_error>

namespace contend {

void become_load_thread(const TrialSpec& spec, std::size_t index) {
    ::prctl(PR_SET_TIMERSLACK, 1);
    ::pthread_setname_np(::pthread_self(), fmt::format("load-{}", index).c_str());
    if (spec.cpus.empty()) {
        return;
    }
    const int cpu = spec.cpus[index % spec.cpus.size()];
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu >= 0 && cpu < CPU_SETSIZE) {
        CPU_SET(static_cast<std::size_t>(cpu), &set);
    }
    if (const int error = ::pthread_setaffinity_np(::pthread_self(), sizeof(set), &set)) {
        throw std::system_error(error, std::generic_category(), fmt::format("core {}", cpu));
    }
}

}  // namespace contend
