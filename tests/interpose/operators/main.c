/* SPDX-License-Identifier: MIT */
/*
 * Calls use_operators(), in this program or in the object of the first argument, and prints the
 * replaced operators that were called. Prints the counters on standard error, from the library if
 * it is present, else from an oracle, and whether all allocations are observable. The second
 * argument "global" opens the object with RTLD_GLOBAL.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct at_counters {
    unsigned long allocs, reallocs, frees, bytes, failed;
};

struct at_counters at_thread_counters(void) __attribute__((weak));
bool at_is_observable(const char **reason) __attribute__((weak));
void oracle_usage(unsigned long *allocs, unsigned long *frees, unsigned long *bytes)
    __attribute__((weak));

void use_operators(void) __attribute__((weak));
extern int operator_calls[20] __attribute__((weak));

static void *in_object(const char *file, bool global, const char *name)
{
    static void *object;
    if (!object)
        object = dlopen(file, RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL));
    if (!object) {
        fprintf(stderr, "%s\n", dlerror());
        exit(9);
    }
    return dlsym(object, name);
}

static struct at_counters read_counters(void)
{
    struct at_counters counters = { 0, 0, 0, 0, 0 };
    if (oracle_usage)
        oracle_usage(&counters.allocs, &counters.frees, &counters.bytes);
    else if (at_thread_counters)
        counters = at_thread_counters();
    return counters;
}

int main(int argc, char **argv)
{
    static char line[BUFSIZ];
    setvbuf(stdout, line, _IOFBF, sizeof line);
    bool global = argc > 2 && strcmp(argv[2], "global") == 0;
    void (*use)(void) =
        argc > 1 ? (void (*)(void)) in_object(argv[1], global, "use_operators") : use_operators;
    int *calls = argc > 1 ? in_object(argv[1], global, "operator_calls") : operator_calls;
    use();
    for (int i = 0; calls && i < 20; i++)
        calls[i] = 0;
    struct at_counters before = read_counters();
    use();
    struct at_counters after = read_counters();
    for (int i = 0; calls && i < 20; i++)
        printf("%d ", calls[i]);
    puts("calls");
    const char *reason = NULL;
    bool observed = !at_is_observable || at_is_observable(&reason);
    if (observed)
        fprintf(stderr, "counted %lu %lu %lu\n", after.allocs - before.allocs,
                after.frees - before.frees, after.bytes - before.bytes);
    else
        fprintf(stderr, "unobserved %s\n", reason);
    return 0;
}
