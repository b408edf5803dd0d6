/* SPDX-License-Identifier: MIT */
/*
 * A whole program as one measured test: preloaded, with ALLOC_TRACKER_RESULTS=FILE in its
 * environment, the process records itself from its start and tells its figures and call sites when
 * it ends; so does every process that it starts. The first of them, the root, makes the table that
 * they share and puts "run:PATH" into the variable's place, for the others to find.
 *
 * The process tells addresses, and in which files the code lies. Names are looked up when the
 * results are written: by `alloc-tracker run`, on which nothing that the process did to itself has
 * any effect, or by the root. After its start the process makes no system call for its record but
 * for memory.
 */
#ifndef AT_PRELOAD_PRELOAD_H
#define AT_PRELOAD_PRELOAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "preload/execution_table.h"

/* Is this process, and not one that shares its memory after vfork(), recording itself? */
bool at_preload_is_recording(void);

/* The value of ALLOC_TRACKER_RESULTS that a process started from here needs; NULL if none is. */
const char *at_preload_setting(void);

/* A row for a process to come, or NULL: of a known pid, or of this thread's next fork, after which
   the parent calls at_preload_forked() with what fork() answered. */
struct at_execution *at_preload_take(int32_t pid);
struct at_execution *at_preload_take_for_fork(void);
void at_preload_forked(struct at_execution *execution, pid_t pid);

/* A child that shares this process's memory may be about to start: see base/mark.h. */
void at_preload_share_memory(void);

/* Writes why the process of that row cannot be observed. */
void at_preload_set_unobserved(struct at_execution *execution, const char *reason);

/* Tells figures and call sites: the process is about to end, or to be replaced. Keeps errno. May be
   called in a signal handler, and then tells figures alone. */
void at_preload_end(enum at_execution_state state, int status);

/* It did not after all. */
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

/* What the wrappers of launch.c and leave.c go on to; looked up once, at start. */
void at_launch_start(void);
void at_leave_start(void);

#endif
