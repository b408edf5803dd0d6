/* SPDX-License-Identifier: MIT */
/*
 * Calls of libc, libstdc++ and other libraries whose allocations are counted by us and, in the same
 * program without us, by valgrind. In C++ so that all can stand in one table; the ports have
 * another in C.
 */
#ifndef COUNTS_H
#define COUNTS_H

#include <stddef.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct counted_call {
    const char *name;
    void (*prepare)(void); /* NULL, or what must not be counted */
    void (*call)(void);
};

extern const struct counted_call counted_calls[];
extern const size_t n_counted_calls;

/* Each call in a process of its own, so that none warms up anything for the next. Answers the
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
