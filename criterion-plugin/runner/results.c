/* SPDX-License-Identifier: MIT */
/*
 * See results.h. Criterion's statistics, the workers' records and the worker slots become one row
 * for each test.
 */
#include "runner/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/options.h>

#include "results/handover.h"
#include "results/measurement.h"
#include "runner/own_assertions.h"
#include "runner/records.h"
#include "runner/state_new.h"
#include "shared/test_name.h"
#include "verdict/switch.h"

/* The data that a worker left, by worker id. */
struct trace {
    bool recorded;
    struct criterion_alloc_record record;
    const struct criterion_alloc_worker_slot *worker_slot; /* NULL if the worker gave it back */
};

/* The slots that workers did not give back, because their process ended before the verdict or had
   no room for a record. */
struct traces {
    const struct criterion_alloc_worker_slot **worker_slots; /* by worker id; NULL: none */
    uint32_t n;                                              /* number of worker ids, with 0 */
    uint32_t *worker_ids;           /* by entry: the id of the last worker */
    struct at_source_lines sources; /* for the call sites of all workers */
};

static void free_traces(struct traces *traces)
{
    free(traces->worker_slots);
    free(traces->worker_ids);
    at_source_lines_free(&traces->sources);
}

static void note_worker_id(struct traces *traces, const struct criterion_alloc_shared *shared,
                           uint32_t entry, uint32_t worker_id)
{
    if (entry < shared->n_entries)
        traces->worker_ids[entry] = worker_id;
}

/* Collect the slots and the ids of all workers. Without memory, both arrays are NULL. */
static struct traces find_traces(struct criterion_alloc_shared *shared)
{
    struct traces traces = { .n = shared->last_worker_id + 1 };
    traces.worker_slots = calloc(traces.n, sizeof *traces.worker_slots);
    traces.worker_ids = calloc(shared->n_entries + 1, sizeof *traces.worker_ids);
    if (!traces.worker_slots || !traces.worker_ids) {
        free_traces(&traces);
        return (struct traces){ 0 };
    }
    uint32_t n_used = criterion_alloc_shared_n_used(shared);
    for (uint32_t i = 0; i < n_used; i++) {
        const struct criterion_alloc_worker_slot *worker_slot =
            criterion_alloc_shared_worker_slot(shared, i);
        if (!__atomic_load_n(&worker_slot->taken, __ATOMIC_ACQUIRE)
            || worker_slot->worker_id >= traces.n)
            continue;
        traces.worker_slots[worker_slot->worker_id] = worker_slot;
        note_worker_id(&traces, shared, worker_slot->entry, worker_slot->worker_id);
    }
    for (uint32_t worker_id = 1; worker_id < traces.n; worker_id++) {
        struct criterion_alloc_record record;
        if (criterion_alloc_record_get(shared, worker_id, &record))
            note_worker_id(&traces, shared, record.entry, worker_id);
    }
    return traces;
}

/* Return the data that the worker with this id left. */
static struct trace trace_of(const struct traces *traces, struct criterion_alloc_shared *shared,
                             uint32_t worker_id)
{
    struct trace trace = { .recorded = false };
    if (worker_id == 0 || worker_id >= traces->n)
        return trace;
    trace.recorded = criterion_alloc_record_get(shared, worker_id, &trace.record);
    trace.worker_slot = traces->worker_slots[worker_id];
    return trace;
}

const char criterion_alloc_unseen_at_death[] =
    "a library was opened with RTLD_DEEPBIND or dlmopen(), and the process ended before its "
    "allocations could be checked; open the library with dlopen() and without RTLD_DEEPBIND when "
    "measuring, or let the test return";

/* Return the verdict of a worker whose process ended before it had one. */
static enum at_verdict outcome_of(const struct criterion_alloc_worker_slot *worker_slot)
{
    enum at_verdict outcome = AT_VERDICT_NONE;
    if (__atomic_load_n(&worker_slot->unseen, __ATOMIC_ACQUIRE))
        return AT_VERDICT_UNOBSERVED;
    if (__atomic_load_n(&worker_slot->late, __ATOMIC_ACQUIRE))
        return AT_VERDICT_INCOMPLETE;
    const struct at_limits limits = at_limits_at_death(&worker_slot->limits);
    for (int i = 0; i < AT_N_METRICS; i++) {
        const struct at_metric_limit *limit = &limits.metrics[i];
        int64_t value = at_usage_value(&worker_slot->usage[limit->scope], (enum at_metric) i);
        if (!limit->warn && at_metric_is_above((enum at_metric) i, limit, value))
            return AT_VERDICT_OVER;
        if (at_metric_is_limited(limit))
            outcome = AT_VERDICT_WITHIN;
    }
    return outcome;
}

static const char no_room[] =
    "there was no room for the call sites; raise the limits on the size of "
    "files and on address space (ulimit -f, ulimit -v)";

static void set_reason(struct criterion_alloc_result *row, const char *reason)
{
    snprintf(row->reason, sizeof row->reason, "%s", reason);
}

/* Append the call sites of a record, with their names. */
static void add_sites(struct criterion_alloc_shared *shared, struct criterion_alloc_result *row,
                      const struct criterion_alloc_record *record, struct at_source_lines *sources)
{
    const void *bytes = criterion_alloc_shared_map(shared, record->region, record->region_size);
    struct at_region *region = bytes ? at_handover_read(bytes, record->region_size) : NULL;
    criterion_alloc_test_name_set(row->suite, row->name);
    if (region)
        at_measurement_add(&row->text, region, sources);
    at_handover_free(region);
    criterion_alloc_shared_unmap(bytes, record->region, record->region_size);
    if (record->no_room || (record->region_size && !region))
        set_reason(row, no_room);
}

/* Fill a row with the data that the test's worker left. */
static void fill_row(struct criterion_alloc_shared *shared, struct criterion_alloc_result *row,
                     const struct trace *trace, struct at_source_lines *sources)
{
    if (shared->off) {
        row->parameter = trace->recorded      ? trace->record.parameter
                         : trace->worker_slot ? trace->worker_slot->parameter
                                              : -1;
        row->outcome = AT_VERDICT_UNOBSERVED;
        set_reason(row, at_switch_off_reason);
    } else if (trace->recorded) {
        row->parameter = trace->record.parameter;
        row->outcome = trace->record.outcome;
        row->measured = row->outcome != AT_VERDICT_UNOBSERVED;
        row->usage = trace->record.usage;
        row->limits = trace->record.limits;
        set_reason(row, trace->record.reason);
        add_sites(shared, row, &trace->record, sources);
    } else if (trace->worker_slot) {
        row->parameter = trace->worker_slot->parameter;
        row->outcome = outcome_of(trace->worker_slot);
        bool unseen = row->outcome == AT_VERDICT_UNOBSERVED;
        row->measured = !unseen;
        row->usage = trace->worker_slot->usage[0];
        if (!__atomic_load_n(&trace->worker_slot->are_leaks_final, __ATOMIC_ACQUIRE))
            criterion_alloc_usage_forget_leaks(&row->usage);
        row->limits = trace->worker_slot->limits;
        if (unseen)
            set_reason(row, criterion_alloc_unseen_at_death);
        else if (!row->stats->crashed && !row->stats->timed_out)
            set_reason(row,
                       "the process of the test ended by _exit(), or had no room for call sites; "
                       "let the test return, or raise ulimit -f and ulimit -v");
    } else if (!row->stats->test->data->disabled && row->stats->test_status != CR_STATUS_SKIPPED) {
        set_reason(row, "the process of the test reported nothing: the process ended before the "
                        "test's body began, or had no access to the memory of the test runner");
    }
}

static int by_id(const void *left, const void *right)
{
    const struct criterion_alloc_result *a = left, *b = right;
    int order = strcmp(a->suite, b->suite);
    if (order == 0)
        order = strcmp(a->name, b->name);
    return order ? order : (a->parameter > b->parameter) - (a->parameter < b->parameter);
}

/* Append the row of a test. */
static void add_row(struct criterion_alloc_results *results, struct criterion_alloc_shared *shared,
                    const struct criterion_test_stats *test, struct traces *traces,
                    uint32_t worker_id)
{
    struct criterion_alloc_result *row = &results->rows[results->n++];
    *row = (struct criterion_alloc_result){
        .suite = test->test->category,
        .name = test->test->name,
        .file = test->test->data->file_,
        .line = test->test->data->line_,
        .parameter = -1,
        .stats = test,
    };
    uint32_t entry = criterion_alloc_shared_find(shared, row->suite, row->name);
    if (entry < shared->n_entries) {
        row->limits = criterion_alloc_shared_entry(shared, entry)->limits;
        if (!test->test->data->param_)
            worker_id = traces->worker_ids[entry];
    }
    const struct trace trace = trace_of(traces, shared, worker_id);
    fill_row(shared, row, &trace, &traces->sources);
}

/* Return whether the test has no result because of --filter. Criterion does not distinguish a test
   that the filter leaves out from a disabled test, so with a filter neither has a result. */
static bool is_filtered(const struct criterion_test_stats *test)
{
    return criterion_options.pattern && test->test->data->disabled;
}

struct criterion_alloc_results
criterion_alloc_results_collect(struct criterion_alloc_shared *shared,
                                struct criterion_global_stats *all)
{
    struct traces traces = find_traces(shared);
    struct criterion_alloc_results results = { .rows = calloc(all->nb_tests + 1,
                                                              sizeof *results.rows) };
    if (!traces.worker_slots || !results.rows)
        fprintf(
            stderr,
            "alloc_tracker: no memory for the results of this run; give the process more address "
            "space (ulimit -v)\n");
    for (struct criterion_suite_stats *suite = all->suites; suite; suite = suite->next) {
        for (struct criterion_test_stats *test = suite->tests; test; test = test->next)
            if (traces.worker_slots && results.rows && results.n <= all->nb_tests
                && !is_filtered(test))
                add_row(&results, shared, test, &traces, criterion_alloc_worker_id_get(test));
    }
    if (results.rows)
        qsort(results.rows, results.n, sizeof *results.rows, by_id);
    free_traces(&traces);
    return results;
}

void criterion_alloc_results_free(struct criterion_alloc_results *results)
{
    for (size_t i = 0; i < results->n; i++)
        at_text_free(&results->rows[i].text);
    free(results->rows);
    *results = (struct criterion_alloc_results){ 0 };
}
