// SPDX-License-Identifier: MIT
/*
 * Leave each guard of the core (enter.c) in each way (ways.cpp). Then check that everything is as
 * if the guard had never been entered: allocations at every depth are counted exactly, also those
 * in a new call of the same function at the same stack address. Print a line for each cell of the
 * table that fails, and how many passed.
 */
#include <alloc_tracker/alloc_tracker.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>

#include "ways.h"

namespace
{

const char *const guards[N_GUARDS] = {
    "permit",
    "nested permits",
    "at_allocator_alloc",
    "at_allocator_realloc",
    "at_allocator_free",
    "failure injection",
    "span",
    "tracked span",
    "region",
    "panic handler",
};

bool passed; // the current cell

} // namespace

void fail(enum guard guard, const char *way, const char *why, unsigned long long seen)
{
    passed = false;
    std::printf("%s × %s: %s (%llu)\n", guards[guard], way, why, seen);
}

namespace
{

[[gnu::noinline]] void allocate_deep(int depth)
{
    volatile char frame[200];
    std::memset(const_cast<char *>(frame), 0, sizeof frame);
    if (depth > 0)
        allocate_deep(depth - 1);
    else
        std::free(std::malloc(100));
    asm volatile("");
}

// Allocate before other code overwrites the frames that were left, and then at a greater depth.
[[gnu::noinline]] const char *observe(enum guard guard, unsigned long long *seen)
{
    struct at_region *region;
    if (at_region_begin(AT_THREAD, &region) != AT_OK)
        return "no region";
    at_counters before = at_thread_counters();
    enter(guard, nullptr);
    std::free(std::malloc(10));
    allocate_deep(0);
    allocate_deep(20);
    at_counters after = at_thread_counters();
    at_region_end(region);
    at_usage usage = at_region_usage(region);
    at_region_free(region);
    *seen = usage.allocs;
    if (usage.allocs != 4 || usage.frees != 4 || usage.bytes != 1210)
        return "the region does not count every allocation";
    *seen = usage.permitted;
    if (usage.permitted || usage.dropped || usage.failed || usage.live || usage.leaks)
        return "the region counts wrong metrics";
    *seen = after.allocs - before.allocs;
    return *seen == 4 && after.frees - before.frees == 4
               ? nullptr
               : "the thread does not count every allocation";
}

} // namespace

void check(enum guard guard, const char *way)
{
    unsigned long long seen = 0;
    const char *wrong = observe(guard, &seen);
    if (wrong)
        fail(guard, way, wrong, seen);
}

namespace
{

void *run_check(void *arg)
{
    check(*static_cast<enum guard *>(arg), "(the next thread)");
    return nullptr;
}

// A realloc in a coroutine that was given up has not returned, so it is not settled.
void try_cell(enum guard guard, const way &way)
{
    passed = true;
    way.leave(guard);
    bool settles = way.kind == way::COMES_BACK || way.kind == way::ENDS_THREAD;
    if (guard != FAILURE && guard != REGION && guard != TRACKED_SPAN) {
        const char *wrong = settle(guard);
        if (wrong && settles)
            fail(guard, way.name, wrong, 0);
    }
    if (way.kind == way::ENDS_THREAD) {
        pthread_t thread;
        pthread_create(&thread, nullptr, run_check, &guard);
        pthread_join(thread, nullptr);
    }
    check(guard, way.name);
    if (way.leave == abandon)
        check_next_coroutine(guard);
    settle(guard);
}

// A permit of a coroutine applies while the coroutine runs, and not while it waits.
void allocate_yield_allocate()
{
    std::free(std::malloc(5));
    yield();
    allocate_deep(3);
}

void permitting_coroutine()
{
    enter(PERMIT, allocate_yield_allocate);
    yield();
}

void check_permits()
{
    struct at_region *region;
    at_region_begin(AT_THREAD, &region);
    start_coroutine(permitting_coroutine);
    std::free(std::malloc(6));
    resume_coroutine();
    at_region_end(region);
    at_usage usage = at_region_usage(region);
    at_region_free(region);
    std::printf("%llu permitted, %llu not\n", static_cast<unsigned long long>(usage.permitted),
                static_cast<unsigned long long>(usage.allocs));
}

} // namespace

int main(int, char **argv)
{
    bool unwinds = !argv[1];
    if (argv[1] && std::strcmp(argv[1], "list") == 0) {
        for (int i = 0; i < n_ways; i++)
            std::puts(ways[i].name);
        return 0;
    }
    check_permits();
    int n = 0, n_passed = 0;
    for (int i = 0; i < N_GUARDS * n_ways; i++) {
        const way &way = ways[i % n_ways];
        if (way.unwinds && !unwinds)
            continue;
        n++;
        try_cell(static_cast<enum guard>(i / n_ways), way);
        n_passed += passed;
    }
    std::printf("%d of %d cells pass\n", n_passed, n);
    return n_passed != n;
}
