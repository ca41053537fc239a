#include "load/process_sampler.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace contend {

namespace {

std::string slurp(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
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

// The pid and all its descendants. (The kernel's children files need an option that not
// every kernel is built with.)
std::set<int> family_of(int pid) {
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

}  // namespace

ProcessSampler::ProcessSampler(int pid) : pid_(pid), family_(family_of(pid)) {
    Nanoseconds cpu{0};
    if (!read_cpu(pid, cpu)) {
        throw std::system_error(std::make_error_code(std::errc::no_such_process),
                                fmt::format("process {}", pid));
    }
}

// First, and alone: the figure that the edge of the measure phase cuts through.
void ProcessSampler::note_cpu() {
    for (const int pid : family_) {
        Nanoseconds cpu{0};
        if (read_cpu(pid, cpu)) {
            cpu_[pid] = cpu;
        }
    }
}

void ProcessSampler::note_peaks() {
    std::uint64_t rss = 0;
    std::uint64_t threads = 0;
    for (const int pid : family_) {
        const std::string status = slurp(fmt::format("/proc/{}/status", pid));
        rss += field(status, "\nVmRSS:") * 1024;
        threads += field(status, "\nThreads:");
    }
    max_rss_bytes_ = std::max(max_rss_bytes_, rss);
    max_threads_ = std::max(max_threads_, threads);
}

std::map<int, ProcessSampler::Switches> ProcessSampler::read_switches() const {
    std::map<int, Switches> switches;
    for (const int pid : family_) {
        const std::string tasks = fmt::format("/proc/{}/task", pid);
        for (const int task : numeric_entries(tasks)) {
            const std::string status = slurp(fmt::format("{}/{}/status", tasks, task));
            switches[task] = {field(status, "\nvoluntary_ctxt_switches:"),
                              field(status, "\nnonvoluntary_ctxt_switches:")};
        }
    }
    return switches;
}

void ProcessSampler::begin() {
    note_cpu();
    cpu_at_begin_ = cpu_;
    note_peaks();
    switches_at_begin_ = read_switches();
}

void ProcessSampler::sample() {
    note_cpu();
    note_peaks();
}

ServerUsage ProcessSampler::end() {
    note_cpu();
    family_ = family_of(pid_);
    note_cpu();  // of those that came since begin()
    note_peaks();
    ServerUsage usage;
    usage.max_rss_bytes = max_rss_bytes_;
    usage.max_threads = max_threads_;
    for (const auto& [pid, cpu] : cpu_) {
        usage.cpu += cpu - cpu_at_begin_[pid];
    }
    for (const auto& [task, now] : read_switches()) {
        const Switches& then = switches_at_begin_[task];
        usage.voluntary_switches += now.voluntary - then.voluntary;
        usage.involuntary_switches += now.involuntary - then.involuntary;
    }
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
