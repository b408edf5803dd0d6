// SPDX-License-Identifier: MIT
// C++20 coroutines, whose variables are on the heap. A permit applies while the body runs, and does
// not apply while the coroutine is suspended inside the permit.
#include <alloc_tracker/alloc_tracker.h>
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <exception>

struct task {
    struct promise_type {
        task get_return_object()
        {
            return { std::coroutine_handle<promise_type>::from_promise(*this) };
        }
        std::suspend_always initial_suspend() noexcept
        {
            return {};
        }
        std::suspend_always final_suspend() noexcept
        {
            return {};
        }
        void return_void()
        {
        }
        void unhandled_exception()
        {
            std::terminate();
        }
    };
    std::coroutine_handle<promise_type> handle;
};

static task work()
{
    at_permit allowed;
    at_permit_begin(&allowed);
    std::free(std::malloc(1));
    co_await std::suspend_always();
    at_permit_end(&allowed);
}

[[gnu::noinline]] static void allocate_deep(int depth)
{
    if (depth > 0)
        allocate_deep(depth - 1);
    else
        std::free(std::malloc(4));
    asm volatile("");
}

static task plain()
{
    at_permit allowed;
    at_permit_begin(&allowed);
    std::free(std::malloc(1));
    at_permit_end(&allowed);
    co_return;
}

static void print(struct at_region *region)
{
    at_region_end(region);
    at_usage usage = at_region_usage(region);
    std::printf("%llu permitted, %llu not\n", static_cast<unsigned long long>(usage.permitted),
                static_cast<unsigned long long>(usage.allocs));
    at_region_free(region);
}

int main()
{
    struct at_region *region;
    task first = work(), second = plain();
    at_region_begin(AT_THREAD, &region);
    first.handle.resume();
    allocate_deep(0); // the coroutine is suspended inside the permit
    allocate_deep(30);
    first.handle.destroy();
    allocate_deep(30);
    print(region);
    at_region_begin(AT_THREAD, &region);
    second.handle.resume();
    second.handle.destroy();
    print(region);
}
