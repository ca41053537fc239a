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
struct VirtualThread;

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
    struct Computing {
        [[nodiscard]] bool await_ready() const noexcept;
        void await_suspend(std::coroutine_handle<> here);
        [[nodiscard]] Nanoseconds await_resume() const noexcept { return left; }

        // The machine's, while the thread computes.
        VirtualMachine& machine;
        Nanoseconds left;
        VirtualFlag* flag;
        TimePoint burst_began{};
    };
    Computing compute(Nanoseconds duration, VirtualFlag* flag = nullptr) {
        return {.machine = *this, .left = duration, .flag = flag};
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

    // For threads and flags of it: a thread's alarm has come; its flag was raised.
    void ring(VirtualThread& thread);
    void interrupt(VirtualThread& thread);

   private:
    void resume(VirtualThread& thread);
    void wake(VirtualThread& thread, Nanoseconds after);
    void begin_burst(VirtualThread& thread);
    void end_burst(VirtualThread& thread);

    EventQueue& events_;
    Nanoseconds wake_up_;
    std::size_t idle_cores_;
    std::vector<std::unique_ptr<VirtualThread>> threads_;
    std::deque<VirtualThread*> queue_;  // for a core
    VirtualThread* current_ = nullptr;
    Nanoseconds cpu_used_{0};
};

/// What a machine keeps of a thread; others may ask parked() and parkings alone.
struct VirtualThread {
    enum class State : std::uint8_t { kWaking, kRunning, kQueued, kComputing, kParked };

    VirtualThread(VirtualMachine& its_machine, Task<> its_body)
        : machine(its_machine), body(std::move(its_body)) {}

    [[nodiscard]] bool parked() const noexcept { return state == State::kParked; }

    static void ring(void* thread) {
        auto& self = *static_cast<VirtualThread*>(thread);
        self.machine.ring(self);
    }

    VirtualMachine& machine;
    Task<> body;
    std::coroutine_handle<> here{};  // where it goes on; none before its start
    State state = State::kWaking;
    Alarm alarm{ring, this};
    VirtualMachine::Computing* computing = nullptr;
    bool timed_out = false;
    std::uint64_t parkings = 0;  // so that a queue of waiters can tell who has left it
};

/// Interrupts the thread that computes under it (Runtime::Flag).
class VirtualFlag {
   public:
    explicit VirtualFlag(VirtualMachine& machine) : machine_(machine) {}
    void raise();
    void clear() noexcept { raised_ = false; }
    [[nodiscard]] bool raised() const noexcept { return raised_; }

    /// By a thread that computes under it; null: by none.
    void watch(VirtualThread* by) noexcept { watched_by_ = by; }

   private:
    VirtualMachine& machine_;
    VirtualThread* watched_by_ = nullptr;
    bool raised_ = false;
};

}  // namespace contend
