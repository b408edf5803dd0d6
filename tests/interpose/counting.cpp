// SPDX-License-Identifier: MIT
// Checks the counters in counting mode, which a process without the plugin has outside of regions.
// Exits with the line of the first counter that is wrong.
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <alloc_tracker/alloc_tracker.h>

static void *volatile sink;
static volatile size_t impossible = SIZE_MAX / 2;
static int n_asked;

static at_counters since(const at_counters &before)
{
    at_counters now = at_thread_counters();
    return { now.allocs - before.allocs, now.reallocs - before.reallocs, now.frees - before.frees,
             now.bytes - before.bytes, now.failed - before.failed };
}

#define EXPECT(statement, n_allocs, n_reallocs, n_frees, n_bytes, n_failed)                        \
    do {                                                                                           \
        at_counters before = at_thread_counters();                                                 \
        statement;                                                                                 \
        at_counters seen = since(before);                                                          \
        if (seen.allocs != (n_allocs) || seen.reallocs != (n_reallocs) || seen.frees != (n_frees)  \
            || seen.bytes != (n_bytes) || seen.failed != (n_failed))                               \
            exit(__LINE__);                                                                        \
    } while (0)

static void ask()
{
    if (++n_asked == 3)
        std::set_new_handler(nullptr);
}

static void fail_new()
{
    std::set_new_handler(ask);
    sink = operator new(impossible, std::nothrow);
}

// A region does not know the blocks of an earlier region, unless tracking continued between the
// two: the block may have been released, and another block may have its address.
static void check_forgotten()
{
    at_region *region;
    if (at_region_begin(AT_PROCESS, &region) != AT_OK)
        exit(__LINE__);
    void *volatile block = malloc(100);
    at_region_end(region);
    at_region_free(region);
    if (at_region_begin(AT_PROCESS, &region) != AT_OK)
        exit(__LINE__);
    free(block);
    at_region_end(region);
    at_usage usage = at_region_usage(region);
    if (usage.unknown != 1 || usage.live != 0 || usage.frees != 1)
        exit(__LINE__);
    at_region_free(region);
}

int main()
{
    at_counters start = at_thread_counters(); // only libstdc++'s pool for exceptions
    if (start.allocs != 1 || start.bytes != 72704 || start.frees != 0)
        return __LINE__;
    EXPECT(sink = malloc(100), 1, 0, 0, 100, 0);
    EXPECT(sink = realloc(sink, 200), 1, 1, 0, 200, 0);
    EXPECT(sink = realloc(sink, impossible), 0, 0, 0, 0, 1);
    EXPECT(sink = malloc(0); free(sink), 1, 0, 1, 0, 0);
    EXPECT(sink = malloc(10); sink = realloc(sink, 0), 1, 0, 1, 10, 0);
    EXPECT(free(nullptr), 0, 0, 0, 0, 0);
    EXPECT(sink = malloc(impossible), 0, 0, 0, 0, 1);
    EXPECT(sink = calloc(impossible, 4), 0, 0, 0, 0, 1);
    EXPECT(sink = calloc(SIZE_MAX / 16 + 2, 16), 0, 0, 0, 0,
           1); // the product overflows to 16 bytes
    EXPECT(sink = reallocarray(nullptr, impossible, 4), 0, 0, 0, 0, 1);
    EXPECT(fail_new(), 0, 0, 0, 0, 4);
    if (n_asked != 3)
        return __LINE__;
    check_forgotten();
    return 0;
}
