/* SPDX-License-Identifier: MIT */
/*
 * Measuring a whole program as one test. If ALLOC_TRACKER_RESULTS=FILE is in the environment, the
 * preloaded object records the process from its start, and writes usage and call sites when the
 * process ends. The same happens in every process that this process starts. The first process, the
 * root, creates the table of executions, which all processes of the run share, and replaces the
 * value of the variable by "run:PATH", where PATH is the table's file.
 *
 * A process writes addresses, and the files from which its code comes. Names are looked up when the
 * results are written: by `alloc-tracker run`, which no change of the process affects, or else by
 * the root. After the start, the recording makes no system call except to get memory.
 */
#ifndef AT_PRELOAD_PRELOAD_H
#define AT_PRELOAD_PRELOAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "preload/execution_table.h"

/* Return whether this process is being recorded. False in a child of vfork(), which shares the
   memory of a recorded process. */
bool at_preload_is_recording(void);

/* Return the environment variable, with its value, for processes that are started from here; NULL
   if they are not to be recorded. */
const char *at_preload_setting(void);

/* Take a row for a process that will start: the process `pid`, or the next fork of this thread.
   After that fork the parent calls at_preload_forked() with the return value of fork(). Return NULL
   if the table is full. */
struct at_execution *at_preload_take(int32_t pid);
struct at_execution *at_preload_take_for_fork(void);
void at_preload_forked(struct at_execution *execution, pid_t pid);

/* Note that a child may start that shares the memory of this process: see base/mark.h. */
void at_preload_share_memory(void);

/* Record that an execution cannot be observed, and why. */
void at_preload_set_unobserved(struct at_execution *execution, const char *reason);

/* Write usage and call sites, because the process is about to end or to call exec. In a signal
   handler that interrupted the tracker or malloc, write usage alone. Keeps errno. */
void at_preload_end(enum at_execution_state state, int status);

/* Undo at_preload_end(): the process continues, because exec() or daemon() failed. */
void at_preload_undo_end(void);

/*
 * A test framework. A process that has loaded one is a suite: its results are those of its tests,
 * which the framework's plugin writes to a file.
 */
struct at_preload_framework {
    /* Return whether this process has loaded the framework. Called before libc's constructor. */
    bool (*is_loaded)(void);
};

/* Set the framework whose plugin is part of this object, or NULL. Call this function in a
   constructor of priority AT_PRELOAD_FRAMEWORK. `framework` must live as long as the process. */
void at_preload_set_framework(const struct at_preload_framework *framework);
#define AT_PRELOAD_FRAMEWORK 101

/* Return whether this process is a suite whose results are recorded, and write the path of the file
   for its results to `out`. */
bool at_preload_suite_path(char out[PATH_MAX]);

/* Record that the tests of the suite are run, so that results will follow. */
void at_preload_suite_runs(void);

/* Return whether this is a signal handler, which may have interrupted the tracker with its lock, or
   malloc. */
bool at_leave_is_interrupting(void);

/* Look up the functions that the wrappers of launch.c and leave.c call. Call both functions once,
   at the start. */
void at_launch_start(void);
void at_leave_start(void);

#endif
