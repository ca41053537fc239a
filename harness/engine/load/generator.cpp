#include "load/generator.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <csignal>
#include <vector>

#include "exchange/registry.h"
#include "load/check_spec.h"
#include "load/load_thread.h"
#include "load/rendezvous.h"
#include "load/usage_samplers.h"
#include "load/whole_result.h"
#include "net/socket_stream.h"
#include "net/tls_stream.h"

namespace contend {

namespace {

using Milestone = Rendezvous::Milestone;

// Who reports is on a core of the generator's: seldom, for each time may make a send late.
constexpr Nanoseconds kProgressInterval = std::chrono::milliseconds(500);
constexpr Nanoseconds kSampleInterval = std::chrono::seconds(1);

// Before the measure phase: what takes time of reading the server's usage is done by then, and
// begins no sooner.
constexpr Nanoseconds kPrepareAhead = std::chrono::milliseconds(50);

// Between the last connect and the first intended time: enough for every thread to be ready.
constexpr Nanoseconds kStartDelay = std::chrono::milliseconds(2);

// While it lasts, threads that are started are deaf to signals.
class SignalsBlocked {
   public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

   private:
    sigset_t before_;
};

// The closed loop goes on when the generator has read the response: its own wake-up is part of the
// loop, and a stamp would only cost. What is pushed is due at its own times. The kernel stamps
// nothing that comes by a socket of the machine's own.
bool wants_stamps(const TrialSpec& spec) {
    return spec.unix_path.empty() &&
           (is_open_loop(spec) || std::ranges::any_of(spec.classes, &RequestClass::pushed));
}

ServerAddress server_of(const TrialSpec& spec) {
    return spec.unix_path.empty()
               ? ServerAddress::internet(boost::asio::ip::make_address(spec.address), spec.port)
               : ServerAddress::local(spec.unix_path);
}

template <class Network>
class Generator {
   public:
    using Thread = LoadThread<Network>;
    using LoadWorker = Worker<SteadyClock, Network>;

    template <class MakeNetwork>
    Generator(const TrialSpec& spec, const ProgressCallback& progress, MakeNetwork make_network)
        : spec_(spec), progress_(progress), samplers_(spec), meeting_(spec.threads) {
        const SessionMaker make_session = prepare_sessions(spec);
        for (std::size_t i = 0; i < spec.threads; ++i) {
            threads_.push_back(std::make_unique<Thread>(spec, i, make_session, make_network));
        }
        result_.kernel_stamps = wants_stamps(spec);
    }

    TrialResult run() {
        start_threads();
        wait_for(Milestone::kAllOpened, "connect", clock_.now(), TimePoint::max());
        const bool warms_up_long = spec_.warmup > kPrepareAhead;
        if (!warms_up_long) {
            samplers_.prepare();
        }
        begin_phases();
        if (result_.stopped) {
            tell_threads(&LoadWorker::stop);  // asked for while the connections were opened
        }
        const TimePoint warmup_begin = clock_.now();
        if (warms_up_long) {
            wait_for(Milestone::kAllFinished, "warmup", warmup_begin,
                     measure_begin_ - kPrepareAhead);
            samplers_.prepare();
        }
        wait_for(Milestone::kAllFinished, "warmup", warmup_begin, measure_begin_);
        samplers_.begin();
        wait_for(Milestone::kAllFinished, "measure", clock_.now(), measure_end_);
        samplers_.end(result_);
        wait_for(Milestone::kAllFinished, "drain", clock_.now(), TimePoint::max());
        join();
        meeting_.throw_failure();
        add_threads(spec_, threads_, result_);
        return std::move(result_);
    }

   private:
    void start_threads() {
        try {
            const SignalsBlocked blocked;
            for (std::size_t i = 0; i < threads_.size(); ++i) {
                threads_[i]->thread = std::thread([this, i] { run_thread(i); });
            }
        } catch (...) {
            // Not every thread could be started: those that were end before they send anything.
            meeting_.fail();
            tell_threads(&LoadWorker::abandon);
            begin_phases();
            join();
            throw;
        }
    }

    void join() {
        for (const auto& one : threads_) {
            if (one->thread.joinable()) {
                one->thread.join();
            }
        }
    }

    void run_thread(std::size_t index) {
        LoadWorker& worker = threads_[index]->worker;
        try {
            become_load_thread(spec_, index);
            worker.open();
        } catch (...) {
            meeting_.fail();
        }
        try {
            if (const auto start = meeting_.opened()) {
                worker.run(*start);
            }
        } catch (...) {
            meeting_.fail();
        }
        meeting_.finished();
    }

    void begin_phases() {
        const TimePoint start = clock_.now() + kStartDelay;
        measure_begin_ = start + spec_.warmup;
        measure_end_ = spec_.max_requests == 0 ? measure_begin_ + spec_.duration : TimePoint::max();
        meeting_.start(start);
    }

    // Waits until `until`, or until all threads are there, and reports progress meanwhile.
    void wait_for(Milestone milestone, std::string_view phase, TimePoint begin, TimePoint until) {
        TimePoint next_sample = begin + kSampleInterval;
        while (!meeting_.is_at(milestone) && !stop_asked_for(phase)) {
            const TimePoint look = phase == "measure" ? next_look(begin) : TimePoint::max();
            meeting_.wait(milestone, std::min({until, look, clock_.now() + kProgressInterval}));
            const TimePoint now = clock_.now();
            if (now >= until) {
                return;
            }
            if (now >= next_sample && phase == "measure") {
                samplers_.sample();
                next_sample += kSampleInterval;
            }
            report(phase, now - begin, now >= look);
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
        try {
            if (!progress_(progress_at(phase, elapsed, is_look)) && !result_.stopped) {
                result_.stopped = true;
                tell_threads(&LoadWorker::stop);
            }
        } catch (...) {
            meeting_.fail();  // thrown again once the threads have ended
            result_.stopped = abandoned_ = true;
            tell_threads(&LoadWorker::abandon);
        }
    }

    Progress progress_at(std::string_view phase, Nanoseconds elapsed, bool is_look) {
        Progress now{.phase = phase, .elapsed = elapsed};
        std::vector<const LatencyLog*> logs;
        for (const auto& one : threads_) {
            const WorkerCounters& counters = one->worker.counters();
            now.completed += counters.completed.load(std::memory_order_relaxed);
            now.failed += counters.failed.load(std::memory_order_relaxed);
            now.given_up += counters.given_up.load(std::memory_order_relaxed);
            now.wrong_status += counters.wrong_status.load(std::memory_order_relaxed);
            logs.push_back(&one->worker.recorder().latency_log());
        }
        if (is_look) {
            now.latency_series = std::make_shared<LatencySeries>(LatencyLog::finished(logs));
            // One that comes late stands for those that it has missed.
            while (looks_ < spec_.looks.size() && spec_.looks[looks_] <= elapsed) {
                ++looks_;
            }
        }
        return now;
    }

    void tell_threads(void (LoadWorker::*what)()) {
        for (const auto& one : threads_) {
            one->tell(what);
        }
    }

    const TrialSpec& spec_;
    const ProgressCallback& progress_;
    SteadyClock clock_;
    UsageSamplers samplers_;
    std::vector<std::unique_ptr<Thread>> threads_;
    TrialResult result_;
    TimePoint measure_begin_{};
    TimePoint measure_end_{};
    std::size_t looks_ = 0;   // of the spec's, had so far
    bool abandoned_ = false;  // nobody waits for the result
    Rendezvous meeting_;
};

}  // namespace

TrialResult run_trial(const TrialSpec& spec, const ProgressCallback& progress) {
    check_spec(spec);
    const ServerAddress server = server_of(spec);
    const bool stamps = wants_stamps(spec);
    if (spec.tls) {
        return Generator<TlsNetwork<SocketNetwork>>(spec, progress,
                                                    [&](std::size_t first) {
                                                        return TlsNetwork<SocketNetwork>(
                                                            *spec.tls, server, stamps, first);
                                                    })
            .run();
    }
    return Generator<SocketNetwork>(
               spec, progress,
               [&](std::size_t first) { return SocketNetwork(server, stamps, first); })
        .run();
}

}  // namespace contend
