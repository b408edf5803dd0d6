/* SPDX-License-Identifier: MIT */
/*
 * cr_alloc_failure_sweep over correct code and over code with planted defects. The name of a test
 * begins with its verdict. Included by sweep.c and sweep.cpp.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <alloc_tracker/criterion.h>

struct entry {
    char *name;
    char *value;
};

static void entry_free(struct entry *entry)
{
    if (!entry)
        return;
    free(entry->name);
    free(entry->value);
    free(entry);
}

static struct entry *entry_new(const char *name, const char *value)
{
    struct entry *entry = (struct entry *) malloc(sizeof *entry);
    if (!entry)
        return NULL;
    entry->name = strdup(name);
    entry->value = strdup(value);
    if (entry->name && entry->value)
        return entry;
    entry_free(entry);
    return NULL;
}

/* The planted defects: one path leaks a block, another does not check a pointer. */
static struct entry *entry_new_leaky(const char *name, const char *value)
{
    struct entry *entry = (struct entry *) malloc(sizeof *entry);
    if (!entry)
        return NULL;
    entry->name = strdup(name);   /* HERE leaked */
    entry->value = strdup(value); /* HERE leaky */
    if (entry->name && entry->value)
        return entry;
    free(entry);
    return NULL;
}

static struct entry *entry_new_careless(const char *name, const char *value)
{
    struct entry *entry = (struct entry *) malloc(sizeof *entry); /* HERE careless */
    entry->name = NULL;
    entry->name = strdup(name);
    entry->value = strdup(value);
    return entry;
}

Test(sweep, pass)
{
    cr_alloc_failure_sweep()
    {
        entry_free(entry_new("name", "value"));
    }
}

Test(sweep, pass_persistent)
{
    cr_alloc_failure_sweep(.persistent = true)
    {
        entry_free(entry_new("name", "value"));
    }
}

Test(sweep, pass_nothing_to_fail)
{
    int runs = 0;
    cr_alloc_failure_sweep() runs++;
    cr_assert_eq(runs, 1, "in the test itself the block runs once");
}

Test(sweep, pass_many)
{
    cr_alloc_failure_sweep()
    {
        for (int i = 0; i < 50; i++)
            entry_free(entry_new("name", "value"));
    }
}

Test(sweep, fail_leak)
{
    cr_alloc_failure_sweep()
    {
        entry_free(entry_new_leaky("name", "value"));
    }
}

Test(sweep, fail_crash)
{
    cr_alloc_failure_sweep()
    {
        entry_free(entry_new_careless("name", "value"));
    }
}

/* The old block is lost with the pointer that realloc's NULL overwrites. */
Test(sweep, fail_realloc)
{
    cr_alloc_failure_sweep()
    {
        char *text = (char *) malloc(8); /* HERE lost */
        text = text ? (char *) realloc(text, 16) : NULL;
        free(text);
    }
}

/* libc's free() crashes. The line of the caller has the defect. */
Test(sweep, fail_double_free)
{
    cr_alloc_failure_sweep()
    {
        char *first = (char *) malloc(8);
        char *second = (char *) malloc(8);
        if (!second)
            free(first);
        free(second);
        free(first); /* HERE twice */
    }
}

/* The first entry leaks if there is no second. */
Test(sweep, fail_nested)
{
    cr_alloc_failure_sweep()
    {
        struct entry *first = entry_new("name", "value");
        struct entry *second = first ? entry_new("name", "value") : NULL;
        if (second)
            entry_free(first);
        entry_free(second);
    }
}

static int compare_copies(const void *a, const void *b)
{
    char *left = strdup((const char *) a); /* HERE copied */
    int order = strcmp(left, (const char *) b);
    free(left);
    return order;
}

/* A defect in a function that libc calls back. */
Test(sweep, fail_callback)
{
    cr_alloc_failure_sweep()
    {
        char words[2][8] = { "two", "one" };
        qsort(words, 2, sizeof words[0], compare_copies);
    }
}

/* Both defects in one block: each is found. */
Test(sweep, fail_several)
{
    cr_alloc_failure_sweep()
    {
        struct entry *first = entry_new_leaky("name", "value");
        entry_free(entry_new_careless("name", "value"));
        entry_free(first);
    }
}

/* The code handles one failure, but not the failure of all allocations. */
static void *get_twice(size_t size)
{
    void *block = malloc(size);
    return block ? block : malloc(size);
}

Test(sweep, pass_retry)
{
    cr_alloc_failure_sweep()
    {
        char *block = (char *) get_twice(8);
        block[0] = 1;
        free(block);
    }
}

Test(sweep, fail_retry_persistent)
{
    cr_alloc_failure_sweep(.persistent = true)
    {
        char *block = (char *) get_twice(8);
        block[0] = 1;
        free(block);
    }
}

Test(sweep, fail_assertion)
{
    cr_alloc_failure_sweep()
    {
        struct entry *entry = entry_new("name", "value");
        cr_assert_not_null(entry, "no entry for %s", "name");
        entry_free(entry);
    }
}

Test(sweep, fail_expectation)
{
    cr_alloc_failure_sweep()
    {
        struct entry *entry = entry_new("name", "value");
        cr_expect(entry);
        entry_free(entry);
    }
}

Test(sweep, fail_exit)
{
    cr_alloc_failure_sweep()
    {
        struct entry *entry = entry_new("name", "value");
        if (!entry) {
            printf("out of memory\n");
            exit(3);
        }
        entry_free(entry);
    }
}

Test(sweep, fail_hang)
{
    cr_alloc_failure_sweep(.timeout = 1)
    {
        char *block = (char *) malloc(8);
        while (!block)
            pause();
        free(block);
    }
}

static void *cache;

static void fill_cache(void)
{
    if (!cache)
        cache = malloc(100);
}

Test(sweep, fail_kept)
{
    cr_alloc_failure_sweep()
    {
        fill_cache();
    }
}

Test(sweep, pass_kept_warm)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        fill_cache();
    }
}

static int *shared_new(void)
{
    return (int *) mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* The first run allocates once more than the later runs. */
Test(sweep, fail_differs)
{
    int *shared = shared_new();
    cr_alloc_failure_sweep()
    {
        if (!shared[0])
            free(malloc(1));
        shared[0] = 1;
        entry_free(entry_new("name", "value"));
    }
}

/* The sweep examines a leak in a second run, and there is none in this case. */
Test(sweep, fail_leak_differs)
{
    int *shared = shared_new();
    cr_alloc_failure_sweep()
    {
        void *block = malloc(8);
        if (shared[0]++ > 0)
            free(block);
    }
}

/* The children behave in the same way, the run in the test itself does not. */
Test(sweep, fail_differs_at_last)
{
    pid_t test = getpid();
    cr_alloc_failure_sweep()
    {
        if (getpid() == test)
            free(malloc(1));
        entry_free(entry_new("name", "value"));
    }
}

Test(sweep, pass_left_by_break)
{
    cr_alloc_failure_sweep()
    {
        entry_free(entry_new("name", "value"));
        break;
    }
}

static void sweep_and_return(void)
{
    cr_alloc_failure_sweep()
    {
        entry_free(entry_new_leaky("name", "value"));
        return;
    }
}

Test(sweep, fail_left_by_return)
{
    sweep_and_return();
}

Test(sweep, pass_only)
{
    bool failed = false;
    cr_alloc_failure_sweep(.only = 2)
    {
        struct entry *entry = entry_new("name", "value");
        failed = !entry;
        entry_free(entry);
    }
    cr_assert(failed);
    free(malloc(1)); /* nothing fails any more */
}

Test(sweep, fail_only_none)
{
    cr_alloc_failure_sweep(.only = 4)
    {
        entry_free(entry_new("name", "value"));
    }
}

/* Of all runs, only the last counts for the test. */
Test(sweep, pass_budget, .data = cr_alloc_budget(.allocs = at_exactly(3), .leaks = at_most(0)))
{
    cr_alloc_failure_sweep()
    {
        entry_free(entry_new("name", "value"));
    }
}

/* A block inside has its verdict, in the children too. */
Test(sweep, fail_scope_within)
{
    cr_alloc_failure_sweep()
    {
        cr_assert_no_alloc(free(malloc(8)));
    }
}
