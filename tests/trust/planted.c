/* SPDX-License-Identifier: MIT */
/*
 * A program, in C and in C++, that knows its allocations, and then has the defect that its argument
 * names. Under every tool, its usage must be exact or refused, and the tool must find the defect.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
#include <string>
#endif

#include <alloc_tracker/alloc_tracker.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define WRITTEN(Object) __msan_unpoison(&(Object), sizeof(Object))
#endif
#endif
#ifndef WRITTEN
#define WRITTEN(Object) ((void) 0)
#endif

static void *volatile sink;
static int racy;

static void use_new(void)
{
#ifdef __cplusplus
    int *numbers = new int[25];
    sink = numbers;
    delete[] numbers;
    std::string text(40, 'x'); /* in libstdc++, which calls operator new from there */
    sink = &text[0];
#endif
}

static void work(void)
{
    void *block = NULL;
    sink = malloc(24);
    sink = realloc(sink, 48);
    sink = reallocarray(sink, 3, 20);
    free(sink);
    sink = calloc(3, 5);
    free(sink);
    sink = strdup("1234567");
    free(sink);
    sink = aligned_alloc(64, 128);
    free(sink);
    sink = memalign(64, 70);
    free(sink);
    if (posix_memalign(&block, 64, 10) == 0)
        free(block);
    use_new();
}

static void *race(void *arg)
{
    racy++;
    return arg;
}

/* In a thread of its own: LSan does not report a block as leaked whose address is still on a stack
   in use. */
static void *leak(void *arg)
{
    sink = malloc(77);
    sink = NULL;
    return arg;
}

static void in_threads(void *(*run)(void *), size_t n)
{
    pthread_t threads[2];
    for (size_t i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, run, NULL);
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static char *new_block(void)
{
    sink = malloc(10);
    return (char *) sink;
}

static int use_defect(const char *name)
{
    if (strcmp(name, "use_after_free") == 0) {
        char *block = new_block();
        free(block);
        return ((volatile char *) sink)[0];
    }
    if (strcmp(name, "overrun") == 0)
        return ((volatile char *) new_block())[10];
    if (strcmp(name, "uninitialised") == 0 && ((volatile char *) new_block())[3] == 7)
        puts("seven");
    if (strcmp(name, "leak") == 0)
        in_threads(leak, 1);
    if (strcmp(name, "race") == 0)
        in_threads(race, 2);
    if (strcmp(name, "overflow") == 0) {
        volatile int large = 0x7FFFFFFF;
        large = large + 1;
    }
#ifdef __cplusplus
    if (strcmp(name, "mismatch") == 0)
        free(new int(3));
#endif
    return 0;
}

int main(int argc, char **argv)
{
    const char *reason;
    struct at_region *region;
    if (!at_is_observable(&reason)) {
        printf("%s\n", reason);
        fflush(stdout);
        return argc > 1 ? use_defect(argv[1]) : 3;
    }
    if (at_region_begin(AT_PROCESS, &region) != AT_OK)
        return 4;
    struct at_counters before = at_thread_counters();
    work();
    struct at_counters after = at_thread_counters();
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    at_region_free(region);
    WRITTEN(before);
    WRITTEN(after);
    WRITTEN(usage);
    if (after.allocs - before.allocs != usage.allocs || after.bytes - before.bytes != usage.bytes
        || after.frees - before.frees != usage.frees)
        return 5;
    printf("%llu allocs, %llu reallocs, %llu frees, %llu bytes, %lld live, %llu leaks\n",
           (unsigned long long) usage.allocs, (unsigned long long) usage.reallocs,
           (unsigned long long) usage.frees, (unsigned long long) usage.bytes,
           (long long) usage.live, (unsigned long long) usage.leaks);
    fflush(stdout);
    return argc > 1 ? use_defect(argv[1]) : 0;
}
