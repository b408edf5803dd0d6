// SPDX-License-Identifier: MIT
// Reports of leak checkers, and of assertions about allocation. Each test names its report.
#include <alloc_tracker/criterion.h>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <thread>

static void *volatile kept;

// heapusage #7: the first output through std::cout is a leak.
Test(heapusage_7, output, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    std::cout << "text of this test" << std::endl;
}

// CppUTest #1043: what a static variable of a function owns is a leak.
static bool matches(const char *text)
{
    static std::regex expression("wazaaaa"); // HERE regex
    return std::regex_match(text, expression);
}

Test(cpputest_1043, first_use, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    cr_assert(matches("wazaaaa"));
}

Test(cpputest_1043, warm)
{
    cr_assert_alloc_budget((.leaks = at_most(0), .warmup = 1), matches("wazaaaa"));
}

// quamina-rs #159: an allocation of another thread is counted.
template <typename Body> static void beside_another_thread(Body body)
{
    std::atomic<int> ready{ 0 }, left{ 0 };
    std::thread other([&] {
        while (!left) {
            std::free(std::malloc(10));
            ready++;
        }
    });
    while (!ready)
        std::this_thread::yield();
    body([&] {
        for (int seen = ready; ready < seen + 10;)
            std::this_thread::yield();
    });
    left = 1;
    other.join();
}

Test(quamina_159, thread)
{
    beside_another_thread([](auto wait) {
        cr_expect_alloc_budget((.allocs = at_most(0), .frees = at_most(0), .scope = AT_THREAD),
                               wait());
    });
}

Test(quamina_159, process)
{
    beside_another_thread([](auto wait) { cr_expect_no_alloc(wait()); });
}

// seastar #51: std::bad_alloc needs memory itself.
Test(seastar_51, sweep)
{
    cr_alloc_failure_sweep()
    {
        try {
            int *number = new int(1);
            kept = std::malloc(20);
            std::free(kept);
            delete number;
        } catch (const std::bad_alloc &) {
        }
    }
}
