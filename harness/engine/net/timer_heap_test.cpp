#include "net/timer_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/random.h"

namespace contend {
namespace {

using namespace std::chrono_literals;

struct Timer {
    TimePoint due{};
    std::size_t place = TimerHeap<Timer>::kNowhere;
};

TEST(TimerHeapTest, TheFirstIsAlwaysTheOneThatIsDueFirstWhateverIsSetAndTakenBack) {
    std::array<Timer, 20> timers;
    TimerHeap<Timer> heap;
    Random random(7);
    for (int step = 0; step < 20'000; ++step) {
        Timer& one = timers[random.next() % timers.size()];
        if (random.next() % 3 == 0) {
            heap.remove(one);
        } else {
            heap.set(one, TimePoint(Nanoseconds(random.next() % 1000)));
        }
        const auto is_set = [](const Timer& timer) {
            return timer.place != TimerHeap<Timer>::kNowhere;
        };
        ASSERT_EQ(heap.empty(), std::ranges::none_of(timers, is_set));
        if (!heap.empty()) {
            TimePoint first = TimePoint::max();
            for (const Timer& timer : timers) {
                first = is_set(timer) ? std::min(first, timer.due) : first;
            }
            ASSERT_EQ(heap.first().due, first);
        }
    }
}

TEST(TimerHeapTest, ATimerThatIsNotSetCanBeTakenBack) {
    Timer timer;
    TimerHeap<Timer> heap;
    heap.remove(timer);
    heap.set(timer, TimePoint(1ms));
    heap.remove(timer);
    heap.remove(timer);
    EXPECT_TRUE(heap.empty());
}

}  // namespace
}  // namespace contend
