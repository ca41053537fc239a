#include "models/virtual_machine.h"

#include <algorithm>

namespace contend {

VirtualMachine::VirtualMachine(EventQueue& events, std::size_t cores, Nanoseconds wake_up)
    : events_(events), wake_up_(wake_up), idle_cores_(cores) {}

VirtualMachine::~VirtualMachine() = default;

void VirtualMachine::spawn(Task<> body) {
    threads_.push_back(std::make_unique<VirtualThread>(*this, std::move(body)));
    wake(*threads_.back(), wake_up_);
}

void VirtualMachine::abandon() {
    queue_.clear();
    threads_.clear();
}

bool VirtualMachine::Computing::await_ready() const noexcept {
    return left <= Nanoseconds(0) || (flag != nullptr && flag->raised());
}

void VirtualMachine::Computing::await_suspend(std::coroutine_handle<> here) {
    VirtualThread& thread = machine.current();
    thread.here = here;
    thread.computing = this;
    if (flag != nullptr) {
        flag->watch(&thread);
    }
    machine.begin_burst(thread);
}

void VirtualMachine::Parking::await_suspend(std::coroutine_handle<> here) {
    VirtualThread& thread = machine_.current();
    thread.here = here;
    thread.state = VirtualThread::State::kParked;
    thread.timed_out = false;
    ++thread.parkings;
    if (timeout_ != Nanoseconds::max()) {
        machine_.events_.set(thread.alarm, machine_.now() + timeout_);
    }
}

bool VirtualMachine::Parking::await_resume() const noexcept { return machine_.current().timed_out; }

void VirtualMachine::unpark(VirtualThread& thread) {
    if (thread.parked()) {
        wake(thread, wake_up_);
    }
}

void VirtualMachine::wake(VirtualThread& thread, Nanoseconds after) {
    thread.state = VirtualThread::State::kWaking;
    events_.set(thread.alarm, now() + after);
}

void VirtualMachine::ring(VirtualThread& thread) {
    if (thread.state == VirtualThread::State::kParked) {
        thread.timed_out = true;
        wake(thread, wake_up_);
        return;
    }
    if (thread.state == VirtualThread::State::kComputing) {
        end_burst(thread);
        if (thread.computing->left > Nanoseconds(0)) {
            begin_burst(thread);  // behind those that waited during its slice
            return;
        }
    }
    resume(thread);
}

void VirtualMachine::resume(VirtualThread& thread) {
    thread.state = VirtualThread::State::kRunning;
    if (thread.computing != nullptr && thread.computing->flag != nullptr) {
        thread.computing->flag->watch(nullptr);
    }
    thread.computing = nullptr;
    current_ = &thread;
    if (thread.here) {
        thread.here.resume();
    } else {
        thread.body.start();
    }
    if (thread.body.done()) {
        thread.body.result();
    }
}

void VirtualMachine::begin_burst(VirtualThread& thread) {
    if (idle_cores_ == 0) {
        thread.state = VirtualThread::State::kQueued;
        queue_.push_back(&thread);
        return;
    }
    --idle_cores_;
    thread.state = VirtualThread::State::kComputing;
    thread.computing->burst_began = now();
    events_.set(thread.alarm, now() + std::min(thread.computing->left, kSlice));
}

void VirtualMachine::end_burst(VirtualThread& thread) {
    const Nanoseconds computed = now() - thread.computing->burst_began;
    thread.computing->left -= computed;
    cpu_used_ += computed;
    ++idle_cores_;
    if (!queue_.empty()) {
        VirtualThread& next = *queue_.front();
        queue_.pop_front();
        begin_burst(next);
    }
}

void VirtualMachine::interrupt(VirtualThread& thread) {
    if (thread.state == VirtualThread::State::kComputing) {
        end_burst(thread);
    } else {
        std::erase(queue_, &thread);
    }
    wake(thread, Nanoseconds(0));
}

void VirtualFlag::raise() {
    raised_ = true;
    if (watched_by_ != nullptr) {
        machine_.interrupt(*std::exchange(watched_by_, nullptr));
    }
}

}  // namespace contend
