/* SPDX-License-Identifier: MIT */
/*
 * A table of calls of libc, libstdc++ and other libraries. The library counts their allocations,
 * and valgrind counts them in the same program without the library. This table is in C++, because
 * some calls are. The ports have another table in C.
 */
#ifndef COUNTS_H
#define COUNTS_H

#include <stddef.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct counted_call {
    const char *name;
    void (*prepare)(void); /* NULL, or code before the call that must not be counted */
    void (*call)(void);
};

extern const struct counted_call counted_calls[];
extern const size_t n_counted_calls;

/* Make each call in a process of its own, so that no call changes the cost of the next. Return the
   program's exit status. */
static inline int measure_counted_calls(void (*measure)(const struct counted_call *))
{
    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; i < n_counted_calls; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            measure(&counted_calls[i]);
            _exit(0);
        }
        int status;
        if (waitpid(pid, &status, 0) != pid || status != 0)
            return 1;
    }
    return 0;
}

#endif
