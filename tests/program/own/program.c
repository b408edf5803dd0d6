/* SPDX-License-Identifier: MIT */
/* Calls the family. Prints the calls that reached its own functions, and on standard error the
   counters of alloc_tracker. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A libc before C23 does not define these functions. */
#ifndef NO_SIZED
void free_sized(void *block, size_t size) __attribute__((weak));
void free_aligned_sized(void *block, size_t alignment, size_t size) __attribute__((weak));
#endif

struct at_counters {
    unsigned long allocs, reallocs, frees, bytes, failed;
};

struct at_counters at_thread_counters(void) __attribute__((weak));
bool at_is_observable(const char **reason) __attribute__((weak));

extern int own_calls __attribute__((weak));

static void *volatile sink;

static void use(void)
{
    void *volatile a = malloc(10);
    void *volatile b = malloc(20);
#ifndef NO_REALLOC
    sink = calloc(3, 7);
    free(sink);
#endif
#ifdef NO_REALLOC /* libc's function cannot use a block of another allocator */
    free(a);
    a = malloc(50);
#else
    a = realloc(a, 50);
#endif
#ifdef NO_SIZED
    free(a);
    free(b);
#else
    if (free_sized)
        free_sized(a, 50);
    else
        free(a);
    if (free_aligned_sized)
        free_aligned_sized(b, 16, 20);
    else
        free(b);
#endif
}

int main(void)
{
    static char line[BUFSIZ];
    setvbuf(stdout, line, _IOFBF, sizeof line);
    struct at_counters before = { 0 }, after = { 0 };
    int calls = &own_calls ? own_calls : 0;
    if (at_thread_counters)
        before = at_thread_counters();
    use();
    if (at_thread_counters)
        after = at_thread_counters();
    printf("%d\n", (&own_calls ? own_calls : 0) - calls);
    const char *reason = NULL;
    if (at_is_observable && !at_is_observable(&reason))
        fprintf(stderr, "unobserved %s\n", reason);
    else if (at_thread_counters)
        fprintf(stderr, "counted %lu %lu %lu %lu\n", after.allocs - before.allocs,
                after.reallocs - before.reallocs, after.frees - before.frees,
                after.bytes - before.bytes);
    return 0;
}
