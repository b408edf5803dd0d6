/* SPDX-License-Identifier: MIT */
/* The composition of the peak and of the end, by call site, through each kind of event that begins
   or ends a block, and in each state of a region. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribution/runtime_owned.h"
#include "composition.h"

NOT_INLINED void *first(size_t n)
{
    RETURN_BLOCK(malloc(n));
}

NOT_INLINED void *second(size_t n)
{
    RETURN_BLOCK(malloc(n));
}

NOT_INLINED void *grow(void *block, size_t n)
{
    RETURN_BLOCK(realloc(block, n));
}

static void *release_and_allocate(void *arg)
{
    free(arg);
    return second(500);
}

/* The other thread releases a block of the region, and its own block ends in the region. */
Test(composition_events, a_region_of_a_thread)
{
    free(run_in_thread(release_and_allocate, NULL)); /* libc uses the stack for the next thread */
    struct at_region *region = begin(AT_THREAD);
    void *block = first(100), *kept = first(20);
    void *theirs = run_in_thread(release_and_allocate, block);
    free(theirs);
    EXPECT_COMPOSITION(region, { "first", { 2, 120 }, { 1, 20 } });
    cr_expect_eq(at_region_before_at_peak(region), 0);
    cr_expect_eq(at_region_before_at_end(region), -500);
    at_region_free(region);
    free(kept);
}

Test(composition_events, nested_and_overlapping_regions)
{
    struct at_region *regions[4];
    void *blocks[4];
    for (volatile size_t i = 0; i < 4; i++) {
        regions[i] = begin(i % 2 ? AT_THREAD : AT_PROCESS);
        blocks[i] = first((size_t) 100 << i);
        free(second(1000));
    }
    free(blocks[1]);
    EXPECT_COMPOSITION(regions[0], { "first", { 4, 1500 }, { 3, 1300 } },
                       { "second", { 1, 1000 }, { 0, 0 } });
    free(blocks[2]);
    EXPECT_COMPOSITION(regions[1], { "first", { 3, 1400 }, { 1, 800 } },
                       { "second", { 1, 1000 }, { 0, 0 } });
    EXPECT_COMPOSITION(regions[3], { "first", { 1, 800 }, { 1, 800 } },
                       { "second", { 1, 1000 }, { 0, 0 } });
    cr_expect_eq(at_region_before_at_end(regions[3]), -600);
    EXPECT_COMPOSITION(regions[2], { "first", { 2, 1200 }, { 1, 800 } },
                       { "second", { 1, 1000 }, { 0, 0 } });
    for (size_t i = 0; i < 4; i++)
        at_region_free(regions[i]);
    free(blocks[0]);
    free(blocks[3]);
}

/* A released region passes its table of sites to the next one. */
Test(composition_events, a_region_does_not_inherit_blocks)
{
    for (size_t i = 1; i < 4; i++) {
        struct at_region *region = begin(AT_PROCESS);
        void *block = first(i);
        EXPECT_COMPOSITION(region, { "first", { 1, i }, { 1, i } });
        at_region_free(region);
        free(block);
    }
}

Test(composition_events, a_sealed_region)
{
    struct at_region *region = begin(AT_PROCESS);
    void *block = first(100), *other = second(10);
    free(other);
    at_region_seal(region);
    free(block);
    block = second(7000);
    EXPECT_COMPOSITION(region, { "first", { 1, 100 }, { 1, 100 } },
                       { "second", { 1, 10 }, { 0, 0 } });
    cr_expect_eq(region->usage.leaks, 0);
    at_region_free(region);
    free(block);
}

/* Another region records the sites of the first blocks. The last block has the same site. */
Test(composition_events, blocks_from_before_the_region_records_sites)
{
    static const size_t sizes[] = { 100, 20, 3 };
    void *blocks[3];
    struct at_region *region = NULL, *other = begin(AT_PROCESS);
    cr_assert_eq(at_region_open(&(struct at_region_options){ .scope = AT_PROCESS }, &region),
                 AT_OK);
    for (volatile size_t i = 0; i < 3; i++) {
        if (i == 2)
            at_region_want_sites(region);
        blocks[i] = first(sizes[i]);
    }
    free(blocks[1]);
    EXPECT_COMPOSITION(region, { "first", { 1, 3 }, { 1, 3 } });
    struct at_site_part peak = at_region_site_at_peak(region, &region->unsited);
    cr_expect_eq(peak.count, 2);
    cr_expect_eq(peak.bytes, 120);
    cr_expect_eq(region->unsited.live_count, 1);
    cr_expect_eq(region->unsited.live_bytes, 100);
    cr_expect_eq(region->n_unsited, 2);
    EXPECT_COMPOSITION(other, { "first", { 3, 123 }, { 2, 103 } });
    at_region_free(region);
    at_region_free(other);
    free(blocks[0]);
    free(blocks[2]);
}

/* The event was deferred before the region recorded sites, and is applied afterwards. */
Test(composition_events, a_deferred_event)
{
    struct at_region *region = NULL, *other = begin(AT_PROCESS);
    cr_assert_eq(at_region_open(&(struct at_region_options){ .scope = AT_PROCESS }, &region),
                 AT_OK);
    cr_assert(at_tracker_enter());
    void *block = first(100);
    at_region_want_sites(region);
    void *later = second(20);
    at_tracker_leave();
    free(block);
    block = grow(NULL, 30);
    EXPECT_COMPOSITION(region, { "second", { 1, 20 }, { 1, 20 } }, { "grow", { 0, 0 }, { 1, 30 } });
    cr_expect_eq(at_region_site_at_peak(region, &region->unsited).bytes, 100);
    cr_expect_eq(region->unsited.live_count, 0);
    cr_expect_eq(region->usage.dropped, 0);
    EXPECT_COMPOSITION(other, { "first", { 1, 100 }, { 0, 0 } }, { "second", { 1, 20 }, { 1, 20 } },
                       { "grow", { 0, 0 }, { 1, 30 } });
    at_region_free(region);
    at_region_free(other);
    free(block);
    free(later);
}

Test(composition_events, a_realloc_that_fails)
{
    struct at_region *region = begin(AT_PROCESS);
    void *block = first(100);
    cr_assert_null(grow(block, PTRDIFF_MAX));
    EXPECT_COMPOSITION(region, { "first", { 1, 100 }, { 1, 100 } });
    at_region_free(region);
    free(block);
}

/* Release a block past the library. The library notices when its address is returned again. */
void __libc_free(void *block);

Test(composition_events, an_unseen_release)
{
    struct at_region *region = begin(AT_PROCESS);
    void *block = first(24);
    __libc_free(block);
    void *again = second(24);
    cr_assert_eq(block, again);
    EXPECT_COMPOSITION(region, { "first", { 1, 24 }, { 0, 0 } }, { "second", { 0, 0 }, { 1, 24 } });
    at_region_free(region);
    free(again);
}

static void *allocate_in_thread(void *arg)
{
    return second((size_t) (uintptr_t) arg);
}

/* libc keeps the block that describes the thread. */
Test(composition_events, a_runtime_owned_block)
{
    struct at_region *region = begin(AT_PROCESS);
    void *block = run_in_thread(allocate_in_thread, (void *) 100);
    at_region_end(region);
    expect_sums(region);
    struct at_usage usage = at_region_usage(region);
    cr_expect_eq(usage.leaks, 1);
    uint64_t runtime_owned = 0, leaks = 0;
    for (size_t i = 0; i < at_region_n_sites(region); i++) {
        const struct at_site_stats *stats = &region->site_stats.sites[i];
        bool owned = stats->site->runtime_owned == AT_RUNTIME_OWNED_ALWAYS;
        runtime_owned += owned ? stats->live_count : 0;
        leaks += owned ? 0 : stats->live_count;
    }
    cr_expect_eq(runtime_owned, 1);
    cr_expect_eq(leaks, 1);
    at_region_free(region);
    free(block);
}

/* The sites of releases have no live blocks. */
Test(composition_events, a_region_with_the_sites_of_releases)
{
    struct at_region *region = NULL;
    const struct at_region_options options = { AT_PROCESS, .sites = true, .free_sites = true };
    cr_assert_eq(at_region_open(&options, &region), AT_OK);
    free(first(100));
    void *block = second(20);
    EXPECT_COMPOSITION(region, { "first", { 1, 100 }, { 0, 0 } },
                       { "second", { 0, 0 }, { 1, 20 } });
    at_region_free(region);
    free(block);
}

/* The child goes on with its copies of the region and its blocks. */
Test(composition_events, a_forked_child)
{
    struct at_region *region = begin(AT_PROCESS);
    void *block = first(100), *kept = first(30);
    pid_t pid = fork();
    if (pid == 0) {
        free(block);
        block = second(200);
        at_region_end(region);
        uint64_t peak = 0, live = 0;
        for (size_t i = 0; i < at_region_n_sites(region); i++) {
            struct at_site site = { 0 };
            at_region_site(region, i, &site);
            peak += site.peak_bytes;
            live += site.live_bytes;
        }
        _exit(peak == 230 && live == 230 && region->usage.peak == 230 ? 0 : 1);
    }
    int status = -1;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
    EXPECT_COMPOSITION(region, { "first", { 2, 130 }, { 2, 130 } });
    at_region_free(region);
    free(block);
    free(kept);
}

enum { N_SITES = 200, FIRST_TABLE = 64 };

/* Each depth is a call site of its own. */
static __attribute__((noinline)) void *allocate_at(volatile size_t depth, size_t n)
{
    void *volatile block = depth ? allocate_at(depth - 1, n) : malloc(n);
    return block;
}

static void *blocks[N_SITES];

static void fill_blocks(void)
{
    for (size_t i = 0; i < N_SITES; i++)
        blocks[i] = allocate_at(i, 24);
}

/* The kernel refuses memory for more sites. Their blocks have no call site, also when there is
   memory again: a block must end where it began. */
Test(composition_events, a_table_that_cannot_grow)
{
    struct at_region *region = NULL;
    void *one = NULL;
    struct rlimit before, none;
    getrlimit(RLIMIT_AS, &before);
    none = (struct rlimit){ 1, before.rlim_max };
    for (volatile int round = 0; round < 2; round++) { /* in the second one, all stacks are known */
        for (size_t i = 0; i < N_SITES; i++)
            free(blocks[i]);
        region = begin(AT_PROCESS);
        one = first(24);
        if (round == 1)
            setrlimit(RLIMIT_AS, &none);
        fill_blocks();
        setrlimit(RLIMIT_AS, &before);
        if (round == 0)
            at_region_free(region);
    }
    free(blocks[150]);
    blocks[150] = second(1000);
    free(blocks[151]);
    at_region_end(region);
    expect_sums(region);
    cr_expect_eq(at_region_n_sites(region), FIRST_TABLE);
    for (size_t i = 0; i < FIRST_TABLE; i++)
        cr_expect_eq(region->site_stats.sites[i].live_count, 1);
    const uint64_t n_unsited = N_SITES - (FIRST_TABLE - 1);
    cr_expect_eq(region->usage.dropped, n_unsited + 1);
    cr_expect_eq(region->unsited.live_count, n_unsited - 1);
    struct at_site_part peak = at_region_site_at_peak(region, &region->unsited);
    cr_expect_eq(peak.count, n_unsited);
    cr_expect_eq(peak.bytes, (n_unsited - 1) * 24 + 1000);
    at_region_free(region);
    region = begin(AT_PROCESS);
    one = first(24);
    EXPECT_COMPOSITION(region, { "first", { 1, 24 }, { 1, 24 } });
    at_region_free(region);
    free(one);
}
