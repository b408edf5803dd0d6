// SPDX-License-Identifier: MIT
// A program that knows how much it allocates, and has the defect that its argument names: under a
// sanitizer the figures must be exact and the defect found.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>

#include <alloc_tracker/alloc_tracker.h>

static void *volatile sink;
static int racy;

static void work()
{
    sink = malloc(24);
    sink = realloc(sink, 48);
    free(sink);
    sink = calloc(3, 5);
    free(sink);
    sink = strdup("1234567");
    free(sink);
    int *block = new int[25];
    sink = block;
    delete[] block;
    sink = aligned_alloc(64, 128);
    free(sink);
    if (posix_memalign(const_cast<void **>(&sink), 64, 10) == 0)
        free(sink);
}

static void *race(void *)
{
    racy++;
    return nullptr;
}

/* In a thread of its own: an address left behind on a stack that is in use is no leak to LSan. */
static void *leak(void *)
{
    sink = malloc(77);
    sink = nullptr;
    return nullptr;
}

static int use_defect(const char *name)
{
    if (strcmp(name, "use_after_free") == 0) {
        char *block = static_cast<char *>(malloc(10));
        block[0] = 1;
        sink = block;
        free(sink);
        return static_cast<volatile char *>(sink)[0];
    }
    if (strcmp(name, "mismatch") == 0)
        free(new int(3));
    if (strcmp(name, "leak") == 0) {
        pthread_t thread;
        pthread_create(&thread, nullptr, leak, nullptr);
        pthread_join(thread, nullptr);
    }
    if (strcmp(name, "race") == 0) {
        pthread_t threads[2];
        for (pthread_t &thread : threads)
            pthread_create(&thread, nullptr, race, nullptr);
        for (pthread_t thread : threads)
            pthread_join(thread, nullptr);
    }
    if (strcmp(name, "uninitialised") == 0) {
        int *block = static_cast<int *>(malloc(40));
        sink = block;
        if (block[3] == 7)
            puts("seven");
    }
    if (strcmp(name, "overflow") == 0) {
        volatile int large = 0x7FFFFFFF;
        large = large + 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *reason;
    if (!at_is_tracking(&reason)) {
        printf("refused: %s\n", reason);
        return 3;
    }
    struct at_region *region;
    if (at_region_begin(AT_PROCESS, &region) != AT_OK)
        return 4;
    work();
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    printf("%llu allocs, %llu reallocs, %llu frees, %llu bytes, %lld live, %llu leaks\n",
           (unsigned long long) usage.allocs, (unsigned long long) usage.reallocs,
           (unsigned long long) usage.frees, (unsigned long long) usage.bytes,
           (long long) usage.live, (unsigned long long) usage.leaks);
    fflush(stdout);
    at_region_free(region);
    return argc > 1 ? use_defect(argv[1]) : 0;
}
