/* SPDX-License-Identifier: MIT */
/*
 * A child process, and a temporary file that does not outlive this process: cli_supervise_end()
 * removes the file, and so does a second child if a signal ends this process, SIGKILL included.
 */
#ifndef AT_CLI_SUPERVISE_H
#define AT_CLI_SUPERVISE_H

#include <stdbool.h>

/* Begin, before the file is created. Block all signals. `path` must stay valid until the end. */
void cli_supervise_begin(const char *path);

/*
 * Call `execute`, which does not return, in a child, and wait until the child ends. Signals that
 * other processes send to this process are passed on to the child; the terminal sends its signals
 * to both. Return false with errno set if there was no child; else `*status` is that of waitpid().
 */
bool cli_supervise(void (*execute)(void *arg), void *arg, int *status);

/* Block all signals while a file is written, or restore the mask of before. */
void cli_supervise_hold(bool hold);

/* Remove the file, unless `keep`, and restore the signal mask. */
void cli_supervise_end(bool keep);

#endif
