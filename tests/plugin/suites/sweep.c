/* SPDX-License-Identifier: MIT */
/* The sweep in C, over calls of libc, and the words of its messages. */
#include "sweep_threads.h"

#include <malloc.h>
#include <sys/resource.h>

Test(libc, pass_graceful)
{
    cr_alloc_failure_sweep()
    {
        char *text = NULL;
        if (asprintf(&text, "%d", 42) >= 0)
            free(text);
        FILE *file = fopen("/dev/null", "w");
        if (file)
            fclose(file);
        size_t size = 0;
        char *line = NULL;
        FILE *input = fopen("/proc/self/comm", "r");
        if (input && getline(&line, &size, input) > 0)
            size = 0;
        free(line);
        if (input)
            fclose(input);
    }
}

/* Two call sites with the same text are one line. */
Test(words, fail_same_line)
{
    cr_alloc_failure_sweep()
    {
        void *first = malloc(8), *second = malloc(8); /* both on one line */
        if (malloc_usable_size(second) > 0) {
            void *last = malloc(8);
            if (!last)
                break;
            free(last);
        }
        free(first);
        free(second);
    }
}

/* Events without a record are reported, because the sweep cannot find their leaks. */
Test(words, fail_dropped)
{
    static char pool[20000];
    cr_alloc_failure_sweep()
    {
        struct rlimit nothing_new = { 0, 0 };
        setrlimit(RLIMIT_AS, &nothing_new);
        for (size_t i = 0; i < sizeof pool; i++)
            at_note_alloc(&pool[i], 1);
    }
}

/* Runs with the same end are one finding, whatever they print. */
Test(words, fail_same_end)
{
    cr_alloc_failure_sweep()
    {
        for (int i = 0; i < 2; i++) {
            void *block = malloc(8);
            if (!block) {
                printf("[PID %d] out of memory\n", (int) getpid());
                exit(3);
            }
            free(block);
        }
    }
}
