/* SPDX-License-Identifier: MIT */
/* See preload.h. `self` is the state of this process. */
#define _GNU_SOURCE
#include "preload/preload.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_tracker/observable.h"
#include "base/libc.h"
#include "base/lock.h"
#include "base/mark.h"
#include "preload/assemble.h"
#include "preload/suite.h"
#include "preload/unmeasured.h"
#include "results/fingerprint.h"
#include "results/handover.h"
#include "track/observed.h"
#include "track/tracker.h"

#define VARIABLE "ALLOC_TRACKER_RESULTS="
#define TABLE "run:"

static struct {
    struct at_execution_table *table; /* NULL: this process is not recorded */
    struct at_execution *execution;   /* NULL: the table was full */
    struct at_area area;              /* for call sites; a forked child uses that of its parent */
    struct at_region *region;
    struct at_mark mark; /* of the process that is recorded */
    bool suite;          /* a test suite, which has results of each test */
    bool runs;           /* the tests of the suite are run */
    char setting[sizeof VARIABLE TABLE + PATH_MAX]; /* the variable for started processes */
    struct at_lock lock;                            /* held while the end is recorded */
    const struct at_preload_framework *framework;   /* may be NULL */
} self;

static const char *table_path(void)
{
    return self.setting + strlen(VARIABLE TABLE);
}

bool at_preload_is_recording(void)
{
    return self.table && !self.suite && at_mark_is_here(&self.mark);
}

const char *at_preload_setting(void)
{
    return self.table && !self.suite ? self.setting : NULL;
}

struct at_execution *at_preload_take(int32_t pid)
{
    return self.table ? at_execution_table_add(self.table, self.execution, pid) : NULL;
}

/* The row for the next fork of this thread. A variable, because the child gets a copy of it,
   whereas the table, which is shared, may contain later rows. */
static __thread struct at_execution *forthcoming __attribute__((tls_model("initial-exec")));

struct at_execution *at_preload_take_for_fork(void)
{
    return forthcoming = at_preload_take(0);
}

void at_preload_forked(struct at_execution *execution, pid_t pid)
{
    forthcoming = NULL;
    if (execution && pid > 0)
        __atomic_store_n(&execution->pid, pid, __ATOMIC_RELEASE);
    if (execution && pid < 0)
        at_execution_set_state(execution, AT_EXECUTION_VOID);
}

void at_preload_share_memory(void)
{
    if (self.mark.word && !self.mark.pid)
        self.mark.pid = getpid();
    at_mark_memory_is_shared = 1;
}

void at_preload_set_unobserved(struct at_execution *execution, const char *reason)
{
    struct at_text text = { 0 };
    at_text_add_string(&text, reason);
    at_execution_append(&self.area, &text, &execution->text, &execution->text_size);
    at_text_free(&text);
    at_execution_set_state(execution, AT_EXECUTION_UNOBSERVED);
}

static void print_error(const char *about, const char *consequence)
{
    struct at_text text = { 0 };
    at_text_printf(&text, "alloc_tracker: %s: %s: %s\n", about, strerror(errno), consequence);
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
}

static const char not_measured[] = "this process is not measured";

static void write_sites(struct at_execution *execution)
{
    execution->no_text =
        !at_handover_write(&self.area, self.region, &execution->text, &execution->text_size);
    execution->usage = at_region_usage(self.region);
}

/* Write the results if this process is the root, or if the root has ended before. A supervisor
   writes them in place of the root. */
static void assemble_if_due(void)
{
    struct at_execution_table *table = self.table;
    bool is_root = table->executions[0].pid == self.mark.pid && !table->supervised;
    if (!is_root && !__atomic_load_n(&table->root_ended, __ATOMIC_SEQ_CST))
        return;
    __atomic_store_n(&table->root_ended, 1, __ATOMIC_SEQ_CST);
    struct at_outcome outcome;
    signal(SIGXFSZ, SIG_IGN); /* writing results and messages may exceed the limit */
    if (!at_assemble(table, table_path(), &outcome)) {
        print_error(
            table->results,
            "the results of this run were not written; measure it with `alloc-tracker run`");
        unlink(table_path());
    }
    struct at_text text = { 0 };
    if (outcome.n_unobserved)
        at_text_printf(&text, "alloc_tracker: some processes were not measured completely:\n%s",
                       at_text_get(&outcome.notes));
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
    at_text_free(&outcome.notes);
}

void at_preload_end(enum at_execution_state state, int status)
{
    if (!at_preload_is_recording() || !self.execution)
        return;
    if (at_lock_is_mine(&self.lock))
        return; /* a signal handler that interrupted this function */
    int error = errno;
    at_suspend();
    at_lock_acquire(&self.lock);
    struct at_execution *execution = self.execution;
    execution->status = status;
    const char *reason;
    bool can_write = self.region && !at_leave_is_interrupting();
    bool observed = !can_write || at_region_observed(self.region, &reason) != AT_UNOBSERVED;
    if (can_write && observed)
        write_sites(execution);
    if (can_write && !observed)
        at_preload_set_unobserved(execution, reason);
    else if (self.region)
        at_execution_set_state(execution, state);
    if (state == AT_EXECUTION_EXITED)
        assemble_if_due();
    at_lock_release(&self.lock);
    at_resume();
    errno = error;
}

void at_preload_undo_end(void)
{
    if (at_preload_is_recording() && self.execution && self.region)
        at_execution_set_state(self.execution, AT_EXECUTION_RUNNING);
}

static void on_exit_of_process(int status, void *arg)
{
    (void) arg;
    at_preload_end(AT_EXECUTION_EXITED, status & 0xFF);
}

/* Open the region, which updates the usage of the execution. Whether the program's own operators
   new are observed is checked at the end, because its constructors may still change them. */
static void record(void)
{
    const char *reason = at_observed_reason();
    struct at_region_options options = {
        .scope = AT_PROCESS,
        .sites = true,
        .mirror = self.execution ? &self.execution->usage : NULL,
    };
    self.region = NULL;
    if (!reason && at_region_open(&options, &self.region) != AT_OK)
        reason = at_status_string(AT_ERROR_NO_MEMORY);
    if (!self.execution)
        return;
    if (self.region) {
        at_region_prepare(self.region);
        at_execution_set_state(self.execution, AT_EXECUTION_RUNNING);
    } else
        at_preload_set_unobserved(self.execution, reason);
}

static void after_fork_in_child(void)
{
    at_suspend();
    at_mark_move(&self.mark);
    /* If libc itself forks, the parent has not taken a row. */
    self.execution = forthcoming ? forthcoming : at_preload_take(getpid());
    forthcoming = NULL;
    if (self.execution)
        self.execution->copied = 1;
    at_region_free(self.region);
    record();
    at_resume();
}

/* Return the row that the parent took for this process, or a new one. After an exec, the execution
   that was replaced is the parent. */
static struct at_execution *find_or_take_row(pid_t pid)
{
    struct at_execution *own = at_execution_table_find(self.table, pid);
    if (own && at_execution_state(own) == AT_EXECUTION_EXPECTED)
        return own;
    struct at_execution *parent = own ? own : at_execution_table_find(self.table, getppid());
    bool first = at_execution_table_count(self.table) == 0;
    if (!parent && !first)
        parent = &self.table->executions[0]; /* the process that started this one has ended */
    return at_execution_table_add(self.table, parent, pid);
}

static bool make_absolute(const char *path, char out[PATH_MAX])
{
    char directory[PATH_MAX] = "";
    if (path[0] != '/' && !getcwd(directory, sizeof directory))
        return false;
    int n = snprintf(out, PATH_MAX, "%s%s%s", directory, directory[0] ? "/" : "", path);
    errno = ENAMETOOLONG;
    return n < PATH_MAX;
}

/* Create the table beside the results, and replace the variable by one with the path of the table.
   This is possible because libc has not read the environment yet. */
static bool become_root(const char *path, char **variable)
{
    char results[PATH_MAX];
    int n = -1;
    if (make_absolute(path, results))
        n = snprintf(self.setting, sizeof self.setting, VARIABLE TABLE "%s.%ld.run", results,
                     (long) self.mark.pid);
    if (n < 0 || (size_t) n >= sizeof self.setting)
        return false;
    self.table = at_execution_table_new(table_path(), results);
    *variable = self.setting;
    return self.table != NULL;
}

static bool open_table(const char *value, char **variable)
{
    if (strncmp(value, TABLE, strlen(TABLE)) != 0)
        return become_root(value, variable);
    snprintf(self.setting, sizeof self.setting, VARIABLE "%s", value);
    self.table = at_execution_table_open(table_path());
    return self.table != NULL;
}

bool at_preload_suite_path(char out[PATH_MAX])
{
    if (!self.suite || !self.execution || !at_mark_is_here(&self.mark))
        return false;
    long row = self.execution - self.table->executions;
    return snprintf(out, PATH_MAX, "%s.%ld", table_path(), row) < PATH_MAX;
}

void at_preload_suite_runs(void)
{
    self.runs = true;
}

/* Record why the tests of the suite could not be observed. Each test found the same in its own
 * process. */
static void record_suite_unobserved(void)
{
    const char *reason;
    struct at_text text = { 0 };
    if (at_is_observable(&reason))
        return;
    at_text_add_string(&text, reason);
    at_execution_append(&self.area, &text, &self.execution->reason, &self.execution->reason_size);
    at_text_free(&text);
}

static void on_exit_of_suite(int status, void *arg)
{
    (void) arg;
    char path[PATH_MAX];
    if (!at_preload_suite_path(path))
        return;
    at_suspend();
    self.execution->status = status & 0xFF;
    if (self.runs) {
        record_suite_unobserved();
        self.execution->no_text = !at_suite_read(self.table, &self.area, self.execution, path);
    }
    at_execution_set_state(self.execution, AT_EXECUTION_EXITED);
    assemble_if_due();
    at_resume();
}

static void record_environment(void)
{
    struct at_text text = { 0 };
    struct at_build_facts facts = { 0 };
    at_build_facts_add_main(&facts);
    at_build_facts_close(&facts);
    at_fingerprint_add(&text, &facts);
    at_execution_append(&self.area, &text, &self.table->environment, &self.table->environment_size);
    at_text_free(&text);
}

static char nothing[] = VARIABLE; /* the variable, emptied */

/* The plugin writes the results of the tests to a file, which is copied to the table at the end.
   Programs that the tests start are not recorded, so the variable is emptied. */
static void begin_suite(char **variable)
{
    *variable = nothing;
    self.suite = true;
    if (!self.execution)
        return;
    self.execution->suite = 1;
    at_execution_set_state(self.execution, AT_EXECUTION_RUNNING);
    on_exit(on_exit_of_suite, NULL);
}

void at_preload_set_framework(const struct at_preload_framework *framework)
{
    self.framework = framework;
}

static char **find_variable(char **environment)
{
    for (char **variable = environment; *variable; variable++)
        if (strncmp(*variable, VARIABLE, strlen(VARIABLE)) == 0
            && (*variable)[strlen(VARIABLE)] != '\0')
            return variable;
    return NULL;
}

static void begin_program(void)
{
    at_lock_list(AT_LOCK_PROGRAM, &self.lock);
    at_libc_atfork(NULL, NULL, after_fork_in_child);
    on_exit(on_exit_of_process, NULL);
    record();
}

/* glibc passes these arguments to constructors. A handler that on_exit() registers before all
   others is called last, after every destructor. libc's own constructor may not have run yet. */
static __attribute__((constructor)) void start(int argc, char **argv, char **environment)
{
    at_launch_start();
    at_leave_start();
    char **variable = environment ? find_variable(environment) : NULL;
    if (!variable)
        return;
    at_suspend();
    at_mark_set(&self.mark);
    const char *value = *variable + strlen(VARIABLE);
    bool is_root = strncmp(value, TABLE, strlen(TABLE)) != 0;
    if (is_root && at_unmeasured_begin(environment, value, argc > 0 ? argv[0] : "unknown")) {
        *variable = nothing;
    } else if (open_table(value, variable)) {
        self.execution = find_or_take_row(self.mark.pid);
        if (self.execution) {
            at_execution_set_name(self.execution, argc > 0 ? argv[0] : "unknown");
            if (!at_execution_table_map_area(self.table, table_path(), self.execution, &self.area))
                print_error("its call sites cannot be recorded", not_measured);
        }
        if (self.table->environment_size == 0)
            record_environment();
        if (self.framework && self.framework->is_loaded())
            begin_suite(variable);
        else
            begin_program();
    } else {
        print_error(value, not_measured);
    }
    at_resume();
}
