/* SPDX-License-Identifier: MIT */
/*
 * A child process and a temporary file that does not outlive this process: the file is removed by
 * whoever calls cli_supervise_end(), or when a signal ends this process, SIGKILL included.
 */
#ifndef AT_CLI_SUPERVISE_H
#define AT_CLI_SUPERVISE_H

#include <stdbool.h>

/* Begin, before the file is made. From here on signals are blocked. `path` must stay valid. */
void cli_supervise_begin(const char *path);

/*
 * Call `execute`, which does not return, in a child, and wait until the child ends. Signals that
 * others send to this process reach the child meanwhile; those of a terminal reach it by
 * themselves. Return false with errno set where there was no child; else `*status` is that of
 * waitpid().
 */
bool cli_supervise(void (*execute)(void *arg), void *arg, int *status);

/* Block signals that end the process, or have them again: a file is half-written meanwhile. */
void cli_supervise_hold(bool hold);

/* End. The file is removed unless `keep`. */
void cli_supervise_end(bool keep);

#endif
