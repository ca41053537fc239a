// A coroutine in which a model's rules are written: it starts when it is awaited, and whoever
// awaits it goes on when it has ended.
//
// A Task owns its coroutine. In the real driver every awaitable is ready at once (the thread
// has really blocked), so a task runs to its end like a function call; in the virtual driver
// it suspends into the event queue. Used by one thread at a time.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace contend {

/// An awaitable that has its result already.
template <class T>
struct Ready {
    T value;
    [[nodiscard]] static bool await_ready() noexcept { return true; }
    static void await_suspend(std::coroutine_handle<>) noexcept {}
    T await_resume() noexcept { return std::move(value); }
};

template <class T>
class TaskResult {
   public:
    void return_value(T value) { value_.emplace(std::move(value)); }
    T take() { return std::move(*value_); }

   private:
    std::optional<T> value_;
};

template <>
class TaskResult<void> {
   public:
    void return_void() noexcept {}
    void take() noexcept {}
};

template <class T = void>
class [[nodiscard]] Task {
   public:
    struct promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    struct promise_type : TaskResult<T> {
        // The awaiting coroutine is known only if this one has suspended since it was started;
        // one that ends at once returns to its awaiter as a function would. So loops of such
        // awaits need no stack, whatever the compiler optimises.
        struct Final {
            [[nodiscard]] static bool await_ready() noexcept { return false; }
            static void await_suspend(Handle ended) noexcept {
                if (const auto awaiter = ended.promise().awaiter) {
                    awaiter.resume();
                }
            }
            static void await_resume() noexcept {}
        };

        Task get_return_object() { return Task(Handle::from_promise(*this)); }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        static Final final_suspend() noexcept { return {}; }
        void unhandled_exception() noexcept { error = std::current_exception(); }

        std::coroutine_handle<> awaiter;
        std::exception_ptr error;
    };

    Task() = default;
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() {
        if (handle_) {
            handle_.destroy();
        }
    }

    [[nodiscard]] static bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiter) {
        handle_.resume();
        if (handle_.done()) {
            return false;
        }
        handle_.promise().awaiter = awaiter;
        return true;
    }
    T await_resume() { return result(); }

    /// For a task that nobody awaits: runs it to its first suspension, or to its end.
    void start() { handle_.resume(); }
    [[nodiscard]] bool done() const noexcept { return handle_.done(); }

    /// Throws what the task threw. REQUIRES: done().
    T result() {
        if (handle_.promise().error) {
            std::rethrow_exception(handle_.promise().error);
        }
        return handle_.promise().take();
    }

   private:
    explicit Task(Handle handle) noexcept : handle_(handle) {}

    Handle handle_;
};

/// Runs a task of the real driver, where nothing ever suspends.
template <class T>
T run_to_end(Task<T> task) {
    task.start();
    return task.result();
}

}  // namespace contend
