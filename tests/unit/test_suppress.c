/* SPDX-License-Identifier: MIT */
/* guard/suppress.h: what a pattern matches, in each frame, and for call sites that were seen
 * before. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "guard/suppress.h"

static __thread void *volatile block; /* each thread releases its own block */

__attribute__((noinline)) static void vendor_trace(size_t size)
{
    block = malloc(size);
    free(block);
    __asm__ volatile(""); /* prevent a tail call, which would remove the frame */
}

static inline __attribute__((always_inline)) void vendor_inline(void)
{
    block = malloc(3);
    free(block);
}

__attribute__((noinline)) static void ours(void)
{
    vendor_trace(5);
    __asm__ volatile("");
}

static struct at_usage measure(void (*function)(void))
{
    struct at_region *region = NULL;
    cr_assert_eq(at_region_begin(AT_PROCESS, &region), AT_OK);
    function();
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    at_region_free(region);
    return usage;
}

/* Check that the pattern suppresses the only allocation of `function`. */
static bool is_suppressed(const char *pattern, void (*function)(void))
{
    cr_assert_eq(at_suppress(pattern), AT_OK, "%s", pattern);
    struct at_usage usage = measure(function);
    cr_assert_eq(usage.allocs + usage.permitted, 1);
    cr_expect_eq(at_suppress_is_used(pattern), usage.permitted == 1, "%s", pattern);
    cr_expect_eq(usage.peak == 0, usage.permitted == 1, "%s", pattern);
    return usage.permitted == 1;
}

#define MATCHES(Name, Pattern)                                                                     \
    Test(suppress, matches_##Name)                                                                 \
    {                                                                                              \
        cr_assert(is_suppressed(Pattern, ours));                                                   \
    }
#define MATCHES_NOT(Name, Pattern)                                                                 \
    Test(suppress, matches_not_##Name)                                                             \
    {                                                                                              \
        cr_assert_not(is_suppressed(Pattern, ours));                                               \
    }

MATCHES(innermost_function, "function:vendor_trace")
MATCHES(outer_function, "function:ours")
MATCHES(prefix, "function:vendor_*")
MATCHES(suffix, "function:*_trace")
MATCHES(middle, "function:v*r_t*e")
MATCHES(one_character, "function:our?")
MATCHES(stars, "function:**ours**")
MATCHES(base_name, "file:test_suppress.c")
MATCHES(end_of_path, "file:unit/test_suppress.c")
MATCHES(file_glob, "file:*/unit/test_*.c")
MATCHES(program, "module:unit_suppress")
MATCHES_NOT(other_function, "function:vendor_log")
MATCHES_NOT(prefix_alone, "function:vendor")
MATCHES_NOT(longer, "function:ours?")
MATCHES_NOT(half_a_component, "file:suppress.c")
MATCHES_NOT(directory, "file:tests/unit")
MATCHES_NOT(library, "module:libvendor.so*")
MATCHES_NOT(case, "function:OURS")

static void call_inlined(void)
{
    vendor_inline();
}

Test(suppress, inlined_functions_match)
{
    cr_assert(is_suppressed("function:vendor_inline", call_inlined));
}

Test(suppress, a_new_pattern_applies_to_a_known_site)
{
    static const char *const patterns[] = { "function:unused", "function:ours" };
    bool suppressed[2];
    for (volatile size_t i = 0; i < 2; i++) /* volatile: not unrolled, so one call site */
        suppressed[i] = is_suppressed(patterns[i], ours);
    cr_assert(!suppressed[0] && suppressed[1]);
    cr_assert(at_suppress_is_used("function:ours"));
    cr_assert_not(at_suppress_is_used("function:unused"));
    cr_assert_not(at_suppress_is_used("function:not_added"));
}

Test(suppress, invalid_patterns_are_refused)
{
    static const char *const wrong[] = { "",         "function:",   "file:",      "module:",
                                         "vendor_*", "functions:x", "FUNCTION:x", " function:x" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(at_suppress(wrong[i]), AT_ERROR_INVALID_ARGUMENT, "%s", wrong[i]);
    cr_assert_not(at_suppress_is_active());
}

Test(suppress, the_pattern_is_copied)
{
    char pattern[] = "function:ours";
    cr_assert_eq(at_suppress(pattern), AT_OK);
    memset(pattern, 'x', sizeof pattern - 1);
    cr_assert_eq(measure(ours).permitted, 1);
}

Test(suppress, assertions_and_budgets, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    cr_assert_eq(at_suppress("function:vendor_*"), AT_OK);
    cr_assert_no_alloc(ours());
    cr_assert_alloc_budget((.allocs = at_exactly(1), .bytes = at_exactly(9)), {
        ours();
        block = malloc(9);
    });
    free(block);
}

/* A suppressed block is not a leak, whichever code releases it. */
__attribute__((noinline)) static void *vendor_block(void)
{
    block = malloc(100);
    return block;
}

Test(suppress, leaks_and_peak)
{
    cr_assert_eq(at_suppress("function:vendor_*"), AT_OK);
    void *volatile kept = NULL;
    cr_alloc_scope(.leaks = at_exactly(0), .peak = at_exactly(0), .live = at_exactly(0))
    {
        kept = vendor_block();
        kept = vendor_block();
        free(kept);
    }
}

enum { N_THREADS = 8, N_ROUNDS = 2000 };

static pthread_barrier_t start;

static void *work(void *arg)
{
    pthread_barrier_wait(&start);
    for (int i = 0; i < N_ROUNDS; i++) {
        ours();
        void *volatile mine = malloc(7);
        free(mine);
    }
    return arg;
}

/* Threads that reach a new call site at the same time get the same result. */
Test(suppress, threads_agree)
{
    cr_assert_eq(at_suppress("function:vendor_*"), AT_OK);
    pthread_barrier_init(&start, NULL, N_THREADS + 1);
    pthread_t threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    struct at_region *region = NULL;
    cr_assert_eq(at_region_begin(AT_PROCESS, &region), AT_OK);
    pthread_barrier_wait(&start);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    struct at_usage usage = at_region_usage(region);
    at_region_free(region);
    cr_expect_eq(usage.permitted, N_THREADS * N_ROUNDS);
    cr_expect_eq(usage.allocs, N_THREADS * N_ROUNDS);
    cr_expect_eq(usage.bytes, 7 * N_THREADS * N_ROUNDS);
}

/* The look-up of names, inside the allocation, does not change errno. */
Test(suppress, errno_does_not_change)
{
    cr_assert_eq(at_suppress("function:vendor_trace"), AT_OK);
    errno = EDOM;
    struct at_usage usage = measure(ours);
    cr_expect_eq(errno, EDOM);
    cr_expect_eq(usage.permitted, 1);
}
