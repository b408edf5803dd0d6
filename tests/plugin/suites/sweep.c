/* SPDX-License-Identifier: MIT */
/* The sweep in C, over calls of libc. */
#include "sweep.h"

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
