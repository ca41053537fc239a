#include "models/real_threads.h"

#include <pthread.h>

#include <csignal>
#include <system_error>
#include <utility>

#include "models/cpu_burner.h"

namespace contend {

void RealThreads::request_stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_requested_.notify_all();
}

std::suspend_never RealThreads::sleep(Nanoseconds duration) {
    std::unique_lock lock(mutex_);
    stop_requested_.wait_for(lock, duration, [this] { return stopping(); });
    return {};
}

Ready<Nanoseconds> RealThreads::cpu(Nanoseconds duration, const Flag& flag) {
    return {burn_cpu(duration, flag.native(), stopping_)};
}

std::suspend_never RealThreads::cpu(Nanoseconds duration) {
    burn_cpu(duration, stopping_, stopping_);
    return {};
}

bool RealThreads::spawn(Task<> body) {
    std::unique_lock lock(mutex_);
    join_ended(lock);
    Spawned& spawned = spawned_.emplace_back();
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    try {
        spawned.thread = std::thread([this, &spawned, task = std::move(body)]() mutable {
            run_to_end(std::move(task));
            const std::lock_guard ended(mutex_);
            spawned.ended = true;
        });
    } catch (const std::system_error&) {
        spawned_.pop_back();
        started = false;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
}

// So that a server of many short connections does not collect threads.
void RealThreads::join_ended(std::unique_lock<std::mutex>& lock) {
    std::list<Spawned> ended;
    for (auto one = spawned_.begin(); one != spawned_.end();) {
        const auto next = std::next(one);
        if (one->ended) {
            ended.splice(ended.end(), spawned_, one);
        }
        one = next;
    }
    lock.unlock();
    for (auto& one : ended) {
        one.thread.join();
    }
    lock.lock();
}

void RealThreads::join() {
    std::unique_lock lock(mutex_);
    while (!spawned_.empty()) {
        std::list<Spawned> all;
        all.splice(all.end(), spawned_);
        lock.unlock();
        for (auto& one : all) {
            one.thread.join();
        }
        lock.lock();
    }
}

}  // namespace contend
