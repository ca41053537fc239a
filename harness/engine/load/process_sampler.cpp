#include "load/process_sampler.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace contend {

namespace {

// Of a file in /proc, which one read gives whole; a stream would take thrice the time, on the
// generator's core.
constexpr std::size_t kSlurped = 4096;

std::string slurp(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return {};
    }
    std::string text(kSlurped, '\0');
    const auto size = ::read(file, text.data(), text.size());
    ::close(file);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
}

std::vector<int> numeric_entries(const std::string& path) {
    std::vector<int> numbers;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
    if (folder == nullptr) {
        return numbers;
    }
    while (const dirent* entry = ::readdir(folder.get())) {
        const std::string_view name = entry->d_name;
        int number = 0;
        const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc{} && rest == name.data() + name.size()) {
            numbers.push_back(number);
        }
    }
    return numbers;
}

// The parent of a process, the fourth field of its stat line; the second may hold anything,
// so reading starts behind its closing bracket (proc(5)).
int parent_of(int pid) {
    const std::string stat = slurp(fmt::format("/proc/{}/stat", pid));
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos || name_end + 4 > stat.size()) {
        return 0;
    }
    return std::atoi(stat.c_str() + name_end + 4);  // ") S 123"
}

// The pid and all its descendants, by the children files of their threads: none where the kernel
// has no such files, or the threads are too many.
std::optional<std::set<int>> family_by_children(int pid) {
    static const bool has_files = ::access("/proc/thread-self/children", R_OK) == 0;
    std::set<int> family;
    std::vector<int> open{pid};
    while (has_files && !open.empty()) {
        const int parent = open.back();
        open.pop_back();
        if (!family.insert(parent).second) {
            continue;
        }
        const std::string tasks = fmt::format("/proc/{}/task", parent);
        const std::vector<int> threads = numeric_entries(tasks);
        if (threads.size() > ProcessSampler::kMostThreadsRead) {
            return std::nullopt;
        }
        for (const int thread : threads) {
            const std::string text = slurp(fmt::format("{}/{}/children", tasks, thread));
            if (text.size() == kSlurped) {
                return std::nullopt;  // there may be more of them
            }
            std::istringstream children(text);
            std::copy(std::istream_iterator<int>(children), {}, std::back_inserter(open));
        }
    }
    return has_files ? std::optional(std::move(family)) : std::nullopt;
}

// The same by all processes' parents, which takes some milliseconds.
std::set<int> family_by_parents(int pid) {
    std::multimap<int, int> children;
    for (const int process : numeric_entries("/proc")) {
        children.emplace(parent_of(process), process);
    }
    std::set<int> family;
    std::vector<int> open{pid};
    while (!open.empty()) {
        const int parent = open.back();
        open.pop_back();
        if (family.insert(parent).second) {
            const auto [first, last] = children.equal_range(parent);
            std::transform(first, last, std::back_inserter(open),
                           [](const auto& entry) { return entry.second; });
        }
    }
    return family;
}

std::set<int> family_of(int pid) {
    auto family = family_by_children(pid);
    return family ? *std::move(family) : family_by_parents(pid);
}

// utime and stime count ticks of 10 ms; the process's CPU clock counts nanoseconds, exited
// threads included.
bool read_cpu(int pid, Nanoseconds& cpu) {
    clockid_t clock = 0;
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
        return false;
    }
    cpu = std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
    return true;
}

// The number after `key:` in a /proc status file.
std::uint64_t field(const std::string& status, std::string_view key) {
    const auto at = status.find(key);
    if (at == std::string::npos) {
        return 0;
    }
    return std::strtoull(status.c_str() + at + key.size(), nullptr, 10);
}

// The CPU time of a process's children that have ended and been waited for: fields 16 and 17 of
// its stat line, in ticks (proc(5)).
Nanoseconds reaped_cpu(int pid) {
    const std::string stat = slurp(fmt::format("/proc/{}/stat", pid));
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos) {
        return Nanoseconds(0);
    }
    std::istringstream rest(stat.substr(name_end + 1));
    std::string skipped;
    for (int field = 3; field < 16; ++field) {
        rest >> skipped;
    }
    std::int64_t user = 0;
    std::int64_t system = 0;
    rest >> user >> system;
    static const std::int64_t tick_ns = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
    return Nanoseconds((user + system) * tick_ns);
}

}  // namespace

ProcessSampler::ProcessSampler(int pid) : pid_(pid) {
    Nanoseconds cpu{0};
    if (!read_cpu(pid, cpu)) {
        throw std::system_error(std::make_error_code(std::errc::no_such_process),
                                fmt::format("process {}", pid));
    }
    look();
    note_peaks();
    first_rss_bytes_ = max_rss_bytes_;
}

// The known processes first, and alone: theirs is the figure that the edge of the measure phase
// cuts through.
void ProcessSampler::look() {
    for (auto& [pid, process] : family_) {
        process.is_alive = process.is_alive && read_cpu(pid, process.cpu);
    }
    for (const int pid : family_of(pid_)) {
        const auto [entry, is_new] = family_.try_emplace(pid);
        Process& process = entry->second;
        if (is_new) {
            process.is_alive = read_cpu(pid, process.cpu);
        }
        if (process.is_alive) {
            process.reaped = reaped_cpu(pid);
        }
    }
}

void ProcessSampler::note_peaks() {
    std::uint64_t rss = 0;
    std::uint64_t threads = 0;
    for (const auto& [pid, process] : family_) {
        if (!process.is_alive) {
            continue;
        }
        const std::string status = slurp(fmt::format("/proc/{}/status", pid));
        rss += field(status, "\nVmRSS:") * 1024;
        threads += field(status, "\nThreads:");
    }
    last_rss_bytes_ = rss;
    max_rss_bytes_ = std::max(max_rss_bytes_, rss);
    max_threads_ = std::max(max_threads_, threads);
}

std::map<int, ProcessSampler::Thread> ProcessSampler::read_threads() const {
    std::map<int, Thread> threads;
    for (const auto& [pid, process] : family_) {
        const std::string tasks = fmt::format("/proc/{}/task", pid);
        for (const int task : numeric_entries(tasks)) {
            const std::string status = slurp(fmt::format("{}/{}/status", tasks, task));
            // Time on the CPU, time on a run queue, time slices; empty without the statistics.
            const std::string schedule = slurp(fmt::format("{}/{}/schedstat", tasks, task));
            threads[task] = {.cpu = Nanoseconds(std::atoll(schedule.c_str())),
                             .voluntary = field(status, "\nvoluntary_ctxt_switches:"),
                             .involuntary = field(status, "\nnonvoluntary_ctxt_switches:")};
        }
    }
    return threads;
}

void ProcessSampler::prepare() {
    look();
    std::erase_if(family_, [](const auto& entry) { return !entry.second.is_alive; });
    family_at_begin_ = family_;
    note_peaks();
    if (are_few()) {
        threads_at_begin_ = read_threads();
    }
}

void ProcessSampler::begin() noexcept {
    for (auto& [pid, process] : family_at_begin_) {
        read_cpu(pid, process.cpu);
    }
}

void ProcessSampler::sample() {
    look();
    note_peaks();
}

Nanoseconds ProcessSampler::cpu_since_begin() const {
    Nanoseconds living{0};
    Nanoseconds ended_seen{0};
    Nanoseconds ended_reaped{0};
    for (const auto& [pid, now] : family_) {
        const auto found = family_at_begin_.find(pid);
        const Process then = found == family_at_begin_.end() ? Process{} : found->second;
        ended_reaped += now.reaped - then.reaped;
        if (now.is_alive) {
            living += now.cpu - then.cpu;
        } else {
            ended_seen += now.cpu - then.cpu;
            ended_reaped -= then.cpu;  // was used before
        }
    }
    return living + std::max(ended_seen, ended_reaped);
}

ServerUsage ProcessSampler::end() {
    look();
    note_peaks();
    ServerUsage usage;
    usage.cpu = cpu_since_begin();
    usage.max_rss_bytes = max_rss_bytes_;
    usage.rss_growth_bytes = max_rss_bytes_ - first_rss_bytes_;
    usage.end_rss_bytes = last_rss_bytes_;
    usage.max_threads = max_threads_;
    if (!are_few()) {
        usage.busiest_thread = usage.cpu;
        usage.voluntary_switches = usage.involuntary_switches = std::nullopt;
        return usage;
    }
    for (const auto& [task, now] : read_threads()) {
        const Thread& then = threads_at_begin_[task];
        usage.busiest_thread = std::max(usage.busiest_thread, now.cpu - then.cpu);
        *usage.voluntary_switches += now.voluntary - then.voluntary;
        *usage.involuntary_switches += now.involuntary - then.involuntary;
    }
    usage.busiest_thread = std::min(usage.busiest_thread, usage.cpu);
    return usage;
}

CpuTimes CpuTimes::read() {
    // cpu user nice system idle iowait irq softirq steal (proc(5)); guest is part of user.
    std::ifstream file("/proc/stat");
    std::string label;
    file >> label;
    CpuTimes times;
    for (int column = 0; column < 8; ++column) {
        std::uint64_t ticks = 0;
        file >> ticks;
        times.total += ticks;
        times.stolen = ticks;
    }
    return times;
}

double CpuTimes::stolen_share_since(const CpuTimes& earlier) const noexcept {
    const auto elapsed = total - earlier.total;
    return elapsed == 0
               ? 0.0
               : static_cast<double>(stolen - earlier.stolen) / static_cast<double>(elapsed);
}

}  // namespace contend
