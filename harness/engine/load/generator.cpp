#include "load/generator.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "arrivals/arrival_process.h"
#include "load/worker.h"
#include "load/process_sampler.h"
#include "net/socket_network.h"

namespace contend {

namespace {

using Worker = LoadWorker<SteadyClock, SocketTransport>;

// Who reports is on a core of the generator's: seldom, for each time may make a send late.
constexpr Nanoseconds kProgressInterval = std::chrono::milliseconds(500);
constexpr Nanoseconds kSampleInterval = std::chrono::seconds(1);

// Before the measure phase: what takes time of reading the server's usage is done by then, and
// begins no sooner.
constexpr Nanoseconds kPrepareAhead = std::chrono::milliseconds(50);

// Between the last connect and the first intended time: enough for every thread to be ready.
constexpr Nanoseconds kStartDelay = std::chrono::milliseconds(2);

void require(bool condition, std::string_view message) {
    if (!condition) {
        throw std::invalid_argument(std::string(message));
    }
}

void check(const TrialSpec& spec) {
    require(!spec.classes.empty(), "a trial needs at least one request class");
    for (const auto& request_class : spec.classes) {
        require(request_class.weight > 0, "a request class's weight must be above 0");
    }
    require(spec.threads >= 1, "threads must be at least 1");
    require(spec.connections >= spec.threads, "there must be at least one connection a thread");
    require(spec.duration > Nanoseconds(0) || spec.max_requests > 0,
            "the duration must be above 0");
    require(spec.max_requests == 0 || spec.max_requests >= spec.threads,
            "there must be at least one request a thread");
    require(spec.timeout > Nanoseconds(0), "the timeout must be above 0");
    require(spec.connect_timeout > Nanoseconds(0), "the connect timeout must be above 0");
    require(std::ranges::is_sorted(spec.looks), "looks must be in rising order");
}

bool is_open_loop(const TrialSpec& spec) {
    return std::ranges::any_of(arrival_kinds(), [&](const ArrivalKind& kind) {
        return kind.name == spec.arrivals && kind.open_loop;
    });
}

// A load thread: on its core, with timers that fire when they are set for, deaf to signals.
void prepare_thread(const TrialSpec& spec, std::size_t index) {
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

// One worker with what it runs on. The transport outlives the worker's sockets and timers.
struct Lane {
    Lane(const TrialSpec& spec, std::size_t index, const boost::asio::ip::tcp::endpoint& server,
         bool kernel_stamps, const ProtocolMaker& make_protocol)
        : transport(server, kernel_stamps,
                    Worker::shares_before(spec.connections, index, spec.threads)),
          worker(spec, index, clock, transport, make_protocol) {}

    SteadyClock clock;
    SocketTransport transport;
    Worker worker;
    std::thread thread;
};

class LoadGenerator {
   public:
    LoadGenerator(const TrialSpec& spec, const ProgressCallback& progress)
        : spec_(spec), progress_(progress) {
        check(spec);
        const boost::asio::ip::tcp::endpoint server(boost::asio::ip::make_address(spec.address),
                                                    spec.port);
        const ProtocolMaker make_protocol = prepare_protocol(spec);
        // The closed loop goes on when the generator has read the response: its own wake-up is
        // part of the loop, and a stamp would only cost. What is pushed is due at its own times.
        result_.kernel_stamps =
            is_open_loop(spec) || std::ranges::any_of(spec.classes, &RequestClass::pushed);
        if (spec.server_pid != 0) {
            sampler_.emplace(spec.server_pid);
        }
        if (spec.beside_pid != 0) {
            beside_.emplace(spec.beside_pid);
        }
        for (std::size_t i = 0; i < spec.threads; ++i) {
            lanes_.push_back(
                std::make_unique<Lane>(spec, i, server, result_.kernel_stamps, make_protocol));
        }
    }

    TrialResult run() {
        start_threads();
        wait_while("connect", clock_.now(), TimePoint::max(),
                   [this] { return opened_ < lanes_.size(); });
        const bool warms_up_long = spec_.warmup > kPrepareAhead;
        if (!warms_up_long) {
            prepare_samplers();
        }
        begin_phases();
        if (result_.stopped) {
            tell_lanes(&Worker::stop);  // asked for while the connections were opened
        }
        const auto goes_on = [this] { return finished_ < lanes_.size(); };
        const TimePoint warmup_begin = clock_.now();
        if (warms_up_long) {
            wait_while("warmup", warmup_begin, measure_begin_ - kPrepareAhead, goes_on);
            prepare_samplers();
        }
        wait_while("warmup", warmup_begin, measure_begin_, goes_on);
        for (auto* sampler : {&sampler_, &beside_}) {
            if (*sampler) {
                (*sampler)->begin();
            }
        }
        wait_while("measure", clock_.now(), measure_end_, goes_on);
        if (sampler_) {
            result_.server = sampler_->end();
        }
        if (beside_) {
            result_.beside = beside_->end();
        }
        result_.stolen_share = CpuTimes::read().stolen_share_since(cpu_times_);
        wait_while("drain", clock_.now(), TimePoint::max(), goes_on);
        for (const auto& lane : lanes_) {
            lane->thread.join();
        }
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        return merge();
    }

   private:
    void prepare_samplers() {
        for (auto* sampler : {&sampler_, &beside_}) {
            if (*sampler) {
                (*sampler)->prepare();
            }
        }
        cpu_times_ = CpuTimes::read();
    }

    void start_threads() {
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        try {
            for (std::size_t i = 0; i < lanes_.size(); ++i) {
                lanes_[i]->thread = std::thread([this, i] { run_lane(i); });
            }
        } catch (...) {
            ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
            give_up_starting();
            throw;
        }
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    // Not every thread could be started: those that were end before they send anything.
    void give_up_starting() {
        fail();
        tell_lanes(&Worker::abandon);
        begin_phases();
        for (const auto& lane : lanes_) {
            if (lane->thread.joinable()) {
                lane->thread.join();
            }
        }
    }

    void run_lane(std::size_t index) {
        Lane& lane = *lanes_[index];
        try {
            prepare_thread(spec_, index);
            lane.worker.open();
        } catch (...) {
            fail();
        }
        std::unique_lock lock(mutex_);
        ++opened_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return start_.has_value(); });
        const TimePoint start = *start_;
        const bool go = failure_ == nullptr;
        lock.unlock();
        try {
            if (go) {
                lane.worker.run(start);
            }
        } catch (...) {
            fail();
        }
        lock.lock();
        ++finished_;
        changed_.notify_all();
    }

    void fail() {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
    }

    void begin_phases() {
        const std::lock_guard lock(mutex_);
        start_ = clock_.now() + kStartDelay;
        measure_begin_ = *start_ + spec_.warmup;
        measure_end_ = spec_.max_requests == 0 ? measure_begin_ + spec_.duration : TimePoint::max();
        changed_.notify_all();
    }

    // Waits until `until`, or for as long as `holds`, and reports progress meanwhile.
    template <class Condition>
    void wait_while(std::string_view phase, TimePoint begin, TimePoint until, Condition holds) {
        std::unique_lock lock(mutex_);
        TimePoint next_sample = begin + kSampleInterval;
        while (holds() && !stop_asked_for(phase)) {
            const TimePoint look = phase == "measure" ? next_look(begin) : TimePoint::max();
            const TimePoint wake = std::min({until, look, clock_.now() + kProgressInterval});
            changed_.wait_until(lock, wake, [&] { return !holds(); });
            const TimePoint now = clock_.now();
            if (now >= until) {
                return;
            }
            lock.unlock();
            if (now >= next_sample && phase == "measure") {
                for (auto* sampler : {&sampler_, &beside_}) {
                    if (*sampler) {
                        (*sampler)->sample();
                    }
                }
                next_sample += kSampleInterval;
            }
            report(phase, now - begin, now >= look);
            lock.lock();
        }
    }

    [[nodiscard]] TimePoint next_look(TimePoint begin) const {
        return looks_ < spec_.looks.size() ? begin + spec_.looks[looks_] : TimePoint::max();
    }

    // Once the trial is to stop, warm-up and measure end at once; connect and drain end by
    // their own rules.
    [[nodiscard]] bool stop_asked_for(std::string_view phase) const {
        return result_.stopped && (phase == "warmup" || phase == "measure");
    }

    void report(std::string_view phase, Nanoseconds elapsed, bool is_look) {
        if (!progress_ || abandoned_) {
            return;
        }
        Progress now{.phase = phase, .elapsed = elapsed};
        for (const auto& lane : lanes_) {
            now.completed += lane->worker.counters().completed.load(std::memory_order_relaxed);
            now.failed += lane->worker.counters().failed.load(std::memory_order_relaxed);
            now.given_up += lane->worker.counters().given_up.load(std::memory_order_relaxed);
        }
        try {
            if (is_look) {
                now.latency_series =
                    std::make_shared<LatencySeries>(LatencyLog::finished(latency_logs()));
                // One that comes late stands for those that it has missed.
                while (looks_ < spec_.looks.size() && spec_.looks[looks_] <= elapsed) {
                    ++looks_;
                }
            }
            if (!progress_(now) && !result_.stopped) {
                result_.stopped = true;
                tell_lanes(&Worker::stop);
            }
        } catch (...) {
            fail();  // thrown again once the threads have ended
            result_.stopped = abandoned_ = true;
            tell_lanes(&Worker::abandon);
        }
    }

    [[nodiscard]] std::vector<const LatencyLog*> latency_logs() const {
        std::vector<const LatencyLog*> logs;
        for (const auto& lane : lanes_) {
            logs.push_back(&lane->worker.recorder().latency_log());
        }
        return logs;
    }

    void tell_lanes(void (Worker::*what)()) {
        for (const auto& lane : lanes_) {
            lane->transport.post([&worker = lane->worker, what] { (worker.*what)(); });
        }
    }

    TrialResult merge() {
        result_.warmup = spec_.warmup;
        for (const auto& lane : lanes_) {
            const Worker& worker = lane->worker;
            result_.duration = std::max(result_.duration, worker.measured_for());
        }
        Recorder::lay_out(spec_, result_.duration, result_);
        for (const auto& lane : lanes_) {
            const Worker& worker = lane->worker;
            worker.recorder().add_to(result_);
            result_.samples.insert(result_.samples.end(), worker.samples().begin(),
                                   worker.samples().end());
            result_.gaps.insert(result_.gaps.end(), worker.gaps().begin(), worker.gaps().end());
            result_.generator_cpu += worker.measure_cpu();
            result_.poll_window = std::max(result_.poll_window, worker.poll_window());
            result_.connections_missing += worker.connections_missing();
            result_.stalled = std::max(result_.stalled, worker.stalled());
            result_.longest_stall = std::max(result_.longest_stall, worker.longest_stall());
            if (worker.measured_for() > Nanoseconds(0)) {
                const auto share = [&worker](Nanoseconds time) {
                    return static_cast<double>(time.count()) /
                           static_cast<double>(worker.measured_for().count());
                };
                result_.busiest_thread_share =
                    std::max(result_.busiest_thread_share, share(worker.measure_cpu()));
                if (const auto delay = worker.run_queue_delay()) {
                    result_.run_queue_share =
                        std::max(result_.run_queue_share.value_or(0.0), share(*delay));
                }
            }
        }
        result_.latency_series = LatencyLog::whole(latency_logs(), result_.duration);
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        result_.generator_max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
        if (!result_.requests.conserved()) {
            throw std::logic_error(
                fmt::format("the conservation law is broken: {} scheduled, {} accounted for",
                            result_.requests.scheduled, result_.requests.accounted()));
        }
        return std::move(result_);
    }

    const TrialSpec& spec_;
    const ProgressCallback& progress_;
    SteadyClock clock_;
    std::optional<ProcessSampler> sampler_;
    std::optional<ProcessSampler> beside_;
    CpuTimes cpu_times_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    TrialResult result_;
    TimePoint measure_begin_{};
    TimePoint measure_end_{};
    std::size_t looks_ = 0;   // of the spec's, had so far
    bool abandoned_ = false;  // nobody waits for the result

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::size_t opened_ = 0;
    std::size_t finished_ = 0;
    std::optional<TimePoint> start_;
    std::exception_ptr failure_;
};

}  // namespace

TrialResult run_trial(const TrialSpec& spec, const ProgressCallback& progress) {
    return LoadGenerator(spec, progress).run();
}

}  // namespace contend
