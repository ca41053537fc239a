#include "load/thread_times.h"

#include <cstdint>
#include <fstream>

#include "core/thread_cpu.h"

namespace contend {

ThreadTimes ThreadTimes::read() {
    ThreadTimes times{.cpu = thread_cpu(), .run_queue_delay = {}};
    // Time on the CPU, time on a run queue, number of time slices (sched-stats in the kernel's
    // documentation).
    std::ifstream file("/proc/thread-self/schedstat");
    std::int64_t cpu_ns = 0;
    std::int64_t run_queue_ns = 0;
    if (file >> cpu_ns >> run_queue_ns) {
        times.run_queue_delay = Nanoseconds(run_queue_ns);
    }
    return times;
}

}  // namespace contend
