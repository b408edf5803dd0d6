/* SPDX-License-Identifier: MIT */
/* The sweep in C++: operator new throws. Allocations without which libc would abort do not fail. */
#include "sweep_threads.h"

#include <memory>
#include <new>
#include <string>
#include <vector>

static std::size_t build(std::size_t n)
{
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < n; i++)
        lines.push_back("a line that is longer than fifteen bytes");
    return lines.size();
}

Test(cpp, pass_caught)
{
    cr_alloc_failure_sweep()
    {
        try {
            build(5);
        } catch (const std::bad_alloc &) {
        }
    }
}

/* An exception may leave the block to report that there is no memory. It is not a leak. */
Test(cpp, pass_thrown)
{
    cr_alloc_failure_sweep()
    {
        build(5);
    }
}

struct owner {
    int *values;
    std::string name;
    owner() : values(new int[10]), name("a name that is longer than fifteen bytes")
    {
    }
    owner(const owner &) = delete;
    owner &operator=(const owner &) = delete;
    ~owner()
    {
        delete[] values;
    }
};

Test(cpp, fail_leak_in_constructor)
{
    cr_alloc_failure_sweep()
    {
        owner one;
    }
}

Test(cpp, fail_noexcept)
{
    cr_alloc_failure_sweep()
    {
        auto grow = []() noexcept { build(1); };
        grow();
    }
}

Test(cpp, pass_nothrow)
{
    cr_alloc_failure_sweep()
    {
        std::unique_ptr<int> one(new (std::nothrow) int(1));
    }
}

static std::string &per_thread()
{
    static thread_local std::string text(40, 'x');
    return text;
}

static void *use_per_thread(void *)
{
    cr_alloc_failure_sweep()
    {
        try {
            per_thread();
        } catch (const std::bad_alloc &) {
        }
        per_thread() = std::string();
        per_thread().shrink_to_fit();
    }
    return nullptr;
}

/* libc ends the process if it cannot register the destructor, so this allocation does not fail. */
Test(cpp, pass_thread_local_destructor)
{
    pthread_t thread;
    pthread_create(&thread, nullptr, use_per_thread, nullptr);
    pthread_join(thread, nullptr);
}
