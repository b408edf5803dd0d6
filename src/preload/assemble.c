/* SPDX-License-Identifier: MIT */
/* See assemble.h. */
#define _GNU_SOURCE
#include "preload/assemble.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/replace.h"
#include "preload/rows.h"
#include "results/handover.h"
#include "results/measurement.h"
#include "results/usage.h"

/* Results that are being written. */
struct assembly {
    struct at_rows rows;
    struct at_text out;
    struct at_outcome *outcome;
    struct at_source_lines sources;
};

static void note_reason(struct assembly *all, const struct at_row *row, const char *reason,
                        size_t n)
{
    all->outcome->n_unobserved++;
    at_text_printf(&all->outcome->notes, "%s (process %d): %.*s\n", at_rows_id(&all->rows, row),
                   (int) row->execution->pid, (int) n, reason);
}

/* Add the member "reason" to the row that is being written, and a note. */
static void add_reason(struct assembly *all, const struct at_row *row, const char *reason, size_t n)
{
    struct at_text text = { 0 };
    at_text_add(&text, reason, n);
    at_json_member(&all->out, "reason", at_text_get(&text));
    at_text_free(&text);
    note_reason(all, row, reason, n);
}

static void add_reason_string(struct assembly *all, const struct at_row *row, const char *reason)
{
    add_reason(all, row, reason, strlen(reason));
}

static enum at_test_status status_of(const struct at_execution *execution)
{
    switch (at_execution_state(execution)) {
        case AT_EXECUTION_EXITED: return execution->status == 0 ? AT_TEST_PASSED : AT_TEST_FAILED;
        case AT_EXECUTION_REPLACED: return AT_TEST_PASSED;
        case AT_EXECUTION_RUNNING: return AT_TEST_CRASHED;
        default: return AT_TEST_SKIPPED;
    }
}

/* Add the members "budget", which is empty, and "verdict". */
static void add_verdict(struct at_text *text, enum at_verdict verdict)
{
    at_json_name(text, "budget");
    at_text_add_string(text, "[]");
    at_json_member(text, "verdict", at_verdict_names[verdict]);
}

static void add_status(struct assembly *all, const struct at_execution *execution)
{
    struct at_text *out = &all->out;
    at_json_member(out, "status", at_test_status_names[status_of(execution)]);
    if (at_execution_state(execution) == AT_EXECUTION_EXITED && execution->status != 0)
        at_json_integer(out, "exit", execution->status);
    bool is_root = execution->pid == all->rows.table->executions[0].pid;
    if (at_execution_state(execution) == AT_EXECUTION_RUNNING && is_root
        && all->rows.table->root_signal)
        at_json_integer(out, "signal", all->rows.table->root_signal);
}

static void add_unobserved(struct assembly *all, const struct at_row *row)
{
    const struct at_execution *execution = row->execution;
    at_usage_add_values(&all->out, NULL);
    add_verdict(&all->out, AT_VERDICT_UNOBSERVED);
    at_text_add_string(&all->out, ",\"frames\":[],\"sites\":null,\"dropped\":0");
    const char *reason = at_rows_text(&all->rows, execution->text, execution->text_size);
    if (reason && at_execution_state(execution) == AT_EXECUTION_UNOBSERVED)
        add_reason(all, row, reason, (size_t) execution->text_size);
    else if (execution->suite)
        add_reason_string(all, row, "it ended before the results of its tests were written");
    else
        add_reason_string(
            all, row,
            "it ended without results: liballoc_tracker_preload.so was not loaded, or "
            "the process died before that");
}

/* Add the usage of an execution without call sites. */
static void add_usage_alone(struct assembly *all, const struct at_row *row, bool lost)
{
    const struct at_usage *usage = &row->execution->usage;
    at_usage_add(&all->out, usage);
    add_verdict(&all->out, usage->dropped || lost ? AT_VERDICT_INCOMPLETE : AT_VERDICT_NONE);
    at_text_add_string(&all->out, ",\"frames\":[],\"sites\":null");
    at_json_count(&all->out, "dropped", usage->dropped);
    if (lost)
        add_reason_string(
            all, row,
            "there was no room for the call sites; raise the limits on the size of files and "
            "on address space (ulimit -f, ulimit -v)");
}

/* Add verdict, usage and call sites with their names. Return false if there are no call sites. */
static bool add_sites(struct assembly *all, const struct at_execution *execution)
{
    const void *bytes = at_rows_text(&all->rows, execution->text, execution->text_size);
    if (!bytes || execution->no_text || at_execution_state(execution) == AT_EXECUTION_RUNNING)
        return false;
    struct at_region *region = at_handover_read(bytes, execution->text_size);
    if (!region)
        return false;
    add_verdict(&all->out, region->usage.dropped ? AT_VERDICT_INCOMPLETE : AT_VERDICT_NONE);
    at_measurement_add(&all->out, region, &all->sources);
    at_handover_free(region);
    return true;
}

static void add_measured(struct assembly *all, const struct at_row *row)
{
    const struct at_execution *execution = row->execution;
    bool has_sites = execution->text_size && at_execution_state(execution) != AT_EXECUTION_RUNNING;
    if (!add_sites(all, execution))
        add_usage_alone(all, row, execution->no_text || has_sites);
    struct at_usage *sum = &all->outcome->usage;
    all->outcome->n_measured++;
    sum->allocs += execution->usage.allocs;
    sum->frees += execution->usage.frees;
    sum->bytes += execution->usage.bytes;
    sum->dropped += execution->usage.dropped;
    if (execution->usage.peak > sum->peak)
        sum->peak = execution->usage.peak;
}

static bool is_unobserved(const struct at_execution *execution)
{
    enum at_execution_state state = at_execution_state(execution);
    return execution->suite || state == AT_EXECUTION_UNOBSERVED || state == AT_EXECUTION_EXPECTED;
}

static void write_program(struct assembly *all, const struct at_row *row, uint64_t number)
{
    if (row->execution != &all->rows.table->executions[0])
        at_json_count(&all->out, "parameter", number);
    at_json_member(&all->out, "program", at_rows_program(&all->rows, row->execution));
    add_status(all, row->execution);
    if (is_unobserved(row->execution))
        add_unobserved(all, row);
    else
        add_measured(all, row);
    at_text_add_string(&all->out, "}");
}

static void note_suites(struct assembly *all)
{
    uint32_t n = at_execution_table_count(all->rows.table);
    for (uint32_t i = 0; i < n; i++) {
        const struct at_execution *execution = &all->rows.table->executions[i];
        const char *reason = execution->reason_size ? at_rows_text(&all->rows, execution->reason,
                                                                   execution->reason_size)
                                                    : NULL;
        if (!reason)
            continue;
        all->outcome->n_unobserved++;
        at_text_printf(&all->outcome->notes, "%s (process %d): %.*s\n", execution->name,
                       (int) execution->pid, (int) execution->reason_size, reason);
    }
}

static void write_rows(struct assembly *all)
{
    uint64_t number = 0;
    for (size_t i = 0; i < all->rows.n; i++) {
        const struct at_row *row = at_rows_get(&all->rows, i);
        bool same =
            i > 0 && strcmp(at_rows_id(&all->rows, row), at_rows_id(&all->rows, row - 1)) == 0;
        number = same ? number + 1 : 0;
        at_text_printf(&all->out, "%s{\"id\":\"", i ? ",\n" : "\n");
        at_text_add_string(&all->out, at_rows_id(&all->rows, row));
        at_text_add_string(&all->out, "\"");
        if (row->test)
            at_text_add(&all->out, row->test, row->test_size);
        else
            write_program(all, row, number);
    }
}

static bool write_all(struct assembly *all)
{
    const struct at_execution_table *table = all->rows.table;
    const char *environment = at_rows_text(&all->rows, table->environment, table->environment_size);
    uint32_t n = __atomic_load_n(&table->n_executions, __ATOMIC_RELAXED);
    if (n > table->max_executions) {
        all->outcome->n_unobserved++;
        at_text_printf(&all->outcome->notes,
                       "%u processes were not measured: this run can measure at most %u\n",
                       n - table->max_executions, table->max_executions);
    }
    if (!environment) {
        errno = ESRCH;
        return false;
    }
    at_text_add_string(&all->out, "{\"schema\":\"" AT_RESULTS_SCHEMA "\",\"environment\":");
    at_text_add(&all->out, environment, (size_t) table->environment_size);
    at_text_add_string(&all->out, ",\"tests\":[");
    note_suites(all);
    write_rows(all);
    at_text_add_string(&all->out, "\n]}\n");
    return at_replace_file(table->results, &all->out);
}

static bool assemble(struct assembly *all)
{
    at_rows_collect(&all->rows);
    all->outcome->n_running = all->rows.n_running;
    all->outcome->n_tests = all->rows.n_tests;
    all->out.truncated |= all->rows.failed;
    bool written = write_all(all);
    int error = errno;
    at_rows_free(&all->rows);
    at_text_free(&all->out);
    at_source_lines_free(&all->sources);
    errno = error;
    return written;
}

bool at_assemble(struct at_execution_table *table, const char *path, struct at_outcome *outcome)
{
    *outcome = (struct at_outcome){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool written = false;
    struct stat status;
    if (flock(fd, LOCK_EX) == 0 && fstat(fd, &status) == 0) {
        struct assembly all = {
            .rows = { .table = table, .fd = fd, .size = (uint64_t) status.st_size },
            .outcome = outcome,
        };
        written = assemble(&all);
        if (written && outcome->n_running == 0)
            unlink(path);
    }
    int error = errno;
    close(fd);
    errno = error;
    return written;
}
