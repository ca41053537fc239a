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
    return left_ <= Nanoseconds(0) || (flag_ != nullptr && flag_->raised());
}

void VirtualMachine::Computing::await_suspend(std::coroutine_handle<> here) {
    thread_ = &machine_.current();
    thread_->here_ = here;
    thread_->computing_ = this;
    if (flag_ != nullptr) {
        flag_->watched_by_ = thread_;
    }
    machine_.begin_burst(*thread_);
}

void VirtualMachine::Parking::await_suspend(std::coroutine_handle<> here) {
    VirtualThread& thread = machine_.current();
    thread.here_ = here;
    thread.state_ = VirtualThread::State::kParked;
    thread.timed_out_ = false;
    ++thread.parkings_;
    if (timeout_ != Nanoseconds::max()) {
        machine_.events_.set(thread.alarm_, machine_.now() + timeout_);
    }
}

bool VirtualMachine::Parking::await_resume() const noexcept {
    return machine_.current().timed_out_;
}

void VirtualMachine::unpark(VirtualThread& thread) {
    if (thread.parked()) {
        wake(thread, wake_up_);
    }
}

void VirtualMachine::wake(VirtualThread& thread, Nanoseconds after) {
    thread.state_ = VirtualThread::State::kWaking;
    events_.set(thread.alarm_, now() + after);
}

void VirtualMachine::ring(VirtualThread& thread) {
    if (thread.state_ == VirtualThread::State::kParked) {
        thread.timed_out_ = true;
        wake(thread, wake_up_);
        return;
    }
    if (thread.state_ == VirtualThread::State::kComputing) {
        end_burst(thread);
        if (thread.computing_->left_ > Nanoseconds(0)) {
            begin_burst(thread);  // behind those that waited during its slice
            return;
        }
    }
    resume(thread);
}

void VirtualMachine::resume(VirtualThread& thread) {
    thread.state_ = VirtualThread::State::kRunning;
    if (thread.computing_ != nullptr && thread.computing_->flag_ != nullptr) {
        thread.computing_->flag_->watched_by_ = nullptr;
    }
    thread.computing_ = nullptr;
    current_ = &thread;
    if (thread.here_) {
        thread.here_.resume();
    } else {
        thread.body_.start();
    }
    if (thread.body_.done()) {
        thread.body_.result();
    }
}

void VirtualMachine::begin_burst(VirtualThread& thread) {
    if (idle_cores_ == 0) {
        thread.state_ = VirtualThread::State::kQueued;
        queue_.push_back(&thread);
        return;
    }
    --idle_cores_;
    thread.state_ = VirtualThread::State::kComputing;
    thread.computing_->burst_began_ = now();
    events_.set(thread.alarm_, now() + std::min(thread.computing_->left_, kSlice));
}

void VirtualMachine::end_burst(VirtualThread& thread) {
    const Nanoseconds computed = now() - thread.computing_->burst_began_;
    thread.computing_->left_ -= computed;
    cpu_used_ += computed;
    ++idle_cores_;
    if (!queue_.empty()) {
        VirtualThread& next = *queue_.front();
        queue_.pop_front();
        begin_burst(next);
    }
}

void VirtualMachine::interrupt(VirtualThread& thread) {
    if (thread.state_ == VirtualThread::State::kComputing) {
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
