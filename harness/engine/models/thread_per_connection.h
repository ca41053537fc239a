// A server that gives each connection a thread of its own, under a lock that all threads
// share (socketserver.ThreadingMixIn).
//
// Lock is the interpreter's lock: the model's (gil.h) or a real one. Blocking I/O lets go of
// it and takes it again afterwards: drop, system call, take.
#pragma once

#include "models/handler.h"
#include "models/task.h"

namespace contend {

template <class Runtime, class Lock>
class ThreadPerConnection {
    using Connection = typename Runtime::Connection;
    using Request = typename Runtime::Request;
    using Thread = typename Lock::Thread;

   public:
    /// Both outlive it.
    ThreadPerConnection(Runtime& runtime, Lock& lock)
        : runtime_(runtime), lock_(lock), start_(runtime), start_changed_(runtime) {}

    /// The main thread: accepts until the runtime stops.
    Task<> run() {
        Thread self(runtime_);
        co_await lock_.enter(self);
        while (true) {
            co_await lock_.drop(self);
            Connection* connection = co_await runtime_.accept();
            co_await lock_.take(self);
            if (connection == nullptr) {
                break;
            }
            co_await start_thread(self, *connection);
        }
        co_await lock_.leave(self);
    }

   private:
    // Thread.start() returns when the new thread has run its first steps.
    Task<> start_thread(Thread& self, Connection& connection) {
        started_ = false;
        if (!runtime_.spawn(serve(connection))) {
            runtime_.close(connection);
            co_return;
        }
        co_await lock_.drop(self);
        co_await start_.lock();
        while (!started_) {
            co_await start_changed_.wait(start_);
        }
        start_.unlock();
        co_await lock_.take(self);
    }

    Task<> serve(Connection& connection) {
        Thread self(runtime_);
        co_await lock_.enter(self);
        co_await tell_started();
        bool open = true;
        while (open) {
            if (Request* request = connection.next_request()) {
                while (const auto step = request->next_step()) {
                    co_await run_step(self, *step);
                }
                connection.answer(*request);
                co_await lock_.drop(self);
                open = co_await runtime_.send(connection);
            } else {
                co_await lock_.drop(self);
                open = co_await runtime_.receive(connection);
            }
            co_await lock_.take(self);
        }
        runtime_.close(connection);
        co_await lock_.leave(self);
    }

    Task<> tell_started() {
        co_await start_.lock();
        started_ = true;
        start_changed_.notify_one();
        start_.unlock();
    }

    // There is no pool: what another server would give to one blocks this thread.
    Task<> run_step(Thread& self, TimedStep step) {
        if (step.kind == StepKind::kCpu) {
            co_await lock_.compute(self, step.duration);
            co_return;
        }
        co_await lock_.drop(self);
        co_await runtime_.sleep(step.duration);
        co_await lock_.take(self);
    }

    Runtime& runtime_;
    Lock& lock_;
    typename Runtime::Mutex start_;  // guards started_
    typename Runtime::Condition start_changed_;
    bool started_ = false;
};

}  // namespace contend
