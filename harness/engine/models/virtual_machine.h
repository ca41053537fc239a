// Simulated cores and the threads that share them, in virtual time.
//
// A thread is a coroutine. Only computing takes time and needs a core; whatever else a thread
// does is instantaneous. Threads that compute share the cores in turn, a time slice each.
// Deterministic. Used by one thread of the host.
#pragma once

#include <coroutine>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "models/event_queue.h"
#include "models/task.h"

namespace contend {

class VirtualFlag;
class VirtualThread;

class VirtualMachine {
   public:
    /// About what Linux gives to each of several threads that compute.
    static constexpr Nanoseconds kSlice = std::chrono::milliseconds(3);

    /// `wake_up` passes between a thread's being woken and its going on.
    VirtualMachine(EventQueue& events, std::size_t cores, Nanoseconds wake_up);
    VirtualMachine(const VirtualMachine&) = delete;
    VirtualMachine& operator=(const VirtualMachine&) = delete;
    ~VirtualMachine();

    void spawn(Task<> body);

    /// Forgets all threads, wherever they are. REQUIRES: called by none of them.
    void abandon();

    [[nodiscard]] TimePoint now() const noexcept { return events_.now(); }
    /// CPU time that all threads together have computed.
    [[nodiscard]] Nanoseconds cpu_used() const noexcept { return cpu_used_; }
    /// The thread that calls. REQUIRES: called by a thread's coroutine.
    [[nodiscard]] VirtualThread& current() const noexcept { return *current_; }

    /// Awaitable: computes for `duration`, or until `flag` (may be null) is raised; gives what
    /// is left of it.
    class Computing {
       public:
        Computing(VirtualMachine& machine, Nanoseconds duration, VirtualFlag* flag)
            : machine_(machine), left_(duration), flag_(flag) {}
        [[nodiscard]] bool await_ready() const noexcept;
        void await_suspend(std::coroutine_handle<> here);
        [[nodiscard]] Nanoseconds await_resume() const noexcept { return left_; }

       private:
        friend class VirtualMachine;
        friend class VirtualFlag;
        VirtualMachine& machine_;
        Nanoseconds left_;
        VirtualFlag* flag_;
        VirtualThread* thread_ = nullptr;
        TimePoint burst_began_{};
    };
    Computing compute(Nanoseconds duration, VirtualFlag* flag = nullptr) {
        return {*this, duration, flag};
    }

    /// Awaitable: blocks the thread until unpark(), or until `timeout` has passed (max():
    /// never); gives true when it timed out.
    class Parking {
       public:
        Parking(VirtualMachine& machine, Nanoseconds timeout)
            : machine_(machine), timeout_(timeout) {}
        [[nodiscard]] static bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<> here);
        [[nodiscard]] bool await_resume() const noexcept;

       private:
        VirtualMachine& machine_;
        Nanoseconds timeout_;
    };
    Parking park(Nanoseconds timeout = Nanoseconds::max()) { return {*this, timeout}; }

    /// Nothing where its time was up first: such a thread is waking already.
    void unpark(VirtualThread& thread);

   private:
    friend class VirtualFlag;
    friend class VirtualThread;

    void ring(VirtualThread& thread);
    void resume(VirtualThread& thread);
    void wake(VirtualThread& thread, Nanoseconds after);
    void begin_burst(VirtualThread& thread);
    void end_burst(VirtualThread& thread);
    void interrupt(VirtualThread& thread);

    EventQueue& events_;
    Nanoseconds wake_up_;
    std::size_t idle_cores_;
    std::vector<std::unique_ptr<VirtualThread>> threads_;
    std::deque<VirtualThread*> queue_;  // for a core
    VirtualThread* current_ = nullptr;
    Nanoseconds cpu_used_{0};
};

class VirtualThread {
   public:
    VirtualThread(VirtualMachine& machine, Task<> body)
        : machine_(machine), body_(std::move(body)) {}

    [[nodiscard]] bool parked() const noexcept { return state_ == State::kParked; }
    /// Counts the thread's parkings, so that a queue of waiters can tell who has left it.
    [[nodiscard]] std::uint64_t parkings() const noexcept { return parkings_; }

   private:
    friend class VirtualMachine;
    friend class VirtualFlag;
    enum class State : std::uint8_t { kWaking, kRunning, kQueued, kComputing, kParked };

    static void ring(void* thread) {
        auto& self = *static_cast<VirtualThread*>(thread);
        self.machine_.ring(self);
    }

    VirtualMachine& machine_;
    Task<> body_;
    std::coroutine_handle<> here_;  // where it goes on; none before its start
    State state_ = State::kWaking;
    Alarm alarm_{ring, this};
    VirtualMachine::Computing* computing_ = nullptr;
    bool timed_out_ = false;
    std::uint64_t parkings_ = 0;
};

/// Interrupts the thread that computes under it (Runtime::Flag).
class VirtualFlag {
   public:
    explicit VirtualFlag(VirtualMachine& machine) : machine_(machine) {}
    void raise();
    void clear() noexcept { raised_ = false; }
    [[nodiscard]] bool raised() const noexcept { return raised_; }

   private:
    friend class VirtualMachine;
    VirtualMachine& machine_;
    VirtualThread* watched_by_ = nullptr;
    bool raised_ = false;
};

}  // namespace contend
