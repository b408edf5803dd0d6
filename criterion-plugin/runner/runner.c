/* SPDX-License-Identifier: MIT */
/*
 * The process that starts the tests. Before the first test it checks the loaded Criterion and reads
 * every budget. After the last test it reports the tests whose process ended before their verdict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/hooks.h>

#include "runner/abi.h"
#include "runner/late.h"
#include "runner/messages.h"
#include "runner/own_assertions.h"
#include "runner/parameters.h"
#include "runner/results.h"
#include "runner/state_new.h"
#include "runner/suppressions.h"
#include "symbols/source.h"
#include "verdict/call_sites.h"
#include "verdict/describe.h"
#include "verdict/switch.h"

/* No code refers to a hook. A linker that collects garbage keeps the hooks of a suite, because the
   suite exports their names. The names of the hooks below are not exported, so the constructor at
   the end of this file refers to the hooks. */
#ifdef CRITERION_ALLOC_PRELOADED
#define KEPT_HOOK(Kind) ReportHook(Kind)
#else
#define KEPT_HOOK(Kind)                                                                            \
    extern f_report_hook CR_HOOK_IDENTIFIER_(func);                                                \
    static f_report_hook *const kept_##Kind = &CR_HOOK_IDENTIFIER_(func);                          \
    ReportHook(Kind)
#endif

static struct criterion_alloc_shared *shared;

static _Noreturn void refuse_run(const char *reason)
{
    fprintf(stderr, "alloc_tracker: %s\n", reason);
    exit(2);
}

/* Read ALLOC_TRACKER. Return whether the run is to be measured. */
static bool is_switched_on(void)
{
    enum at_switch state = at_switch_parse(getenv("ALLOC_TRACKER"));
    if (state == AT_SWITCH_INVALID)
        refuse_run(at_switch_invalid_reason);
    if (state == AT_SWITCH_OFF)
        fprintf(stderr, "alloc_tracker: %s\n", at_switch_off_reason);
    return state == AT_SWITCH_ON;
}

/* Make the shared state, from the budgets and the suppressions of the run. */
static void make_shared(struct criterion_test_set *set, bool measures)
{
    struct at_text error = { 0 };
    struct at_limits common = { 0 };
    struct criterion_alloc_suppressions suppressions = { 0 };
    const char *value = measures ? getenv("ALLOC_TRACKER_BUDGET") : NULL;
    if (value && *value && !at_limits_parse(&common, value, &error))
        refuse_run(at_text_get(&error));
    if (measures && !criterion_alloc_suppressions_read(&suppressions, &error))
        refuse_run(at_text_get(&error));
    const char *reason = NULL;
    shared = criterion_alloc_shared_new(set, &common, &suppressions, &reason);
    criterion_alloc_suppressions_free(&suppressions);
    if (!shared)
        refuse_run(reason);
    for (uint32_t i = 0; i < shared->n_entries && !measures; i++)
        criterion_alloc_shared_entry(shared, i)->limits = (struct at_limits){ 0 };
    shared->off = !measures;
}

KEPT_HOOK(PRE_ALL)(struct criterion_test_set *set)
{
    bool garbles = false;
    struct at_text error = { 0 };
    if (!criterion_alloc_abi_check(set, &garbles, &error))
        refuse_run(at_text_get(&error));
    make_shared(set, is_switched_on());
    shared->wants = criterion_alloc_results_wanted();
    shared->ascii = garbles;
    if (garbles)
        at_messages_use_ascii();
    if (shared->wants)
        criterion_alloc_results_start(set);
    criterion_alloc_parameters_number(shared, set);
    criterion_alloc_late_start(shared);
}

/* Return whether the worker of this slot ran the test. The tests of parameters have equal names. If
   the worker sent its id, the id identifies the parameter. */
static bool runs_test(const struct criterion_alloc_worker_slot *worker_slot,
                      const struct criterion_test_stats *stats)
{
    const struct criterion_test *test = stats->test;
    uint32_t id = worker_slot->worker_id;
    bool is_id_sent = __atomic_load_n(&worker_slot->is_id_sent, __ATOMIC_ACQUIRE);
    if (criterion_alloc_worker_id_get(stats) != (is_id_sent ? id : 0))
        return false;
    const struct criterion_alloc_entry *entry =
        criterion_alloc_shared_entry(shared, worker_slot->entry);
    return strcmp(criterion_alloc_shared_string(shared, entry->name), test->name) == 0
           && strcmp(criterion_alloc_shared_string(shared, entry->suite), test->category) == 0;
}

/* Append the values of a process that are over the limits with this `warn`. */
static void add_values(struct at_text *excess,
                       const struct criterion_alloc_worker_slot *worker_slot, bool warn)
{
    const struct at_limits left = at_limits_at_death(&worker_slot->limits);
    bool limited = false;
    for (int scope = AT_PROCESS; scope <= AT_THREAD; scope++) {
        const struct at_limits limits = at_limits_select(&left, (enum at_scope) scope, warn);
        struct at_text part = { 0 };
        at_usage_describe_excess(&part, &worker_slot->usage[scope], &limits);
        if (part.length)
            at_text_printf(excess, "%s%s", excess->length ? "; " : "", at_text_get(&part));
        at_text_free(&part);
        limited |= at_limits_any(&limits);
    }
    if (limited && __atomic_load_n(&worker_slot->unseen, __ATOMIC_ACQUIRE))
        at_text_printf(excess, "%s%s", excess->length ? "; " : "", criterion_alloc_unseen_at_death);
}

/* Append the reasons why a process that ended before its verdict fails its test. */
static void add_failures(struct at_text *excess,
                         const struct criterion_alloc_worker_slot *worker_slot)
{
    add_values(excess, worker_slot, false);
    if (__atomic_load_n(&worker_slot->n_over, __ATOMIC_ACQUIRE))
        at_text_printf(excess, "%san unfinished statement was over its own budget",
                       excess->length ? "; " : "");
    if (__atomic_load_n(&worker_slot->late, __ATOMIC_ACQUIRE))
        at_text_printf(excess,
                       "%sa fixture's fini ended the process before the leaks of the test were "
                       "known",
                       excess->length ? "; " : "");
}

/* Print a line about a test whose process ended: "[FAIL] suite::name[2]: alloc budget at ...". */
static void print_dead_test(const char *prefix, const struct criterion_test *test,
                            const struct criterion_alloc_worker_slot *worker_slot,
                            const struct at_text *excess)
{
    const struct criterion_alloc_entry *entry =
        criterion_alloc_shared_entry(shared, worker_slot->entry);
    char path[512];
    char index[16] = "";
    at_source_find(criterion_alloc_shared_string(shared, entry->file), NULL, path, sizeof path);
    if (worker_slot->parameter >= 0)
        snprintf(index, sizeof index, "[%d]", (int) worker_slot->parameter);
    fprintf(stderr, "%s%s::%s%s: alloc budget at %s:%u, when the process ended: %s\n", prefix,
            test->category, test->name, index, path, entry->line, at_text_get(excess));
}

/* Report a passed test whose process ended over its limits. Limits that only warn do not fail it.
   Return whether the test fails. */
static bool report_dead_worker(const struct criterion_test *test,
                               const struct criterion_alloc_worker_slot *worker_slot)
{
    struct at_text failures = { 0 };
    struct at_text warnings = { 0 };
    add_failures(&failures, worker_slot);
    add_values(&warnings, worker_slot, true);
    bool fails = failures.length;
    if (fails)
        print_dead_test("[FAIL] ", test, worker_slot, &failures);
    if (warnings.length)
        print_dead_test("[----] Warning: ", test, worker_slot, &warnings);
    at_text_free(&failures);
    at_text_free(&warnings);
    return fails;
}

/* Fail a passed test whose process ended before its verdict and over its budget. */
static void report_dead_test(struct criterion_global_stats *all,
                             struct criterion_suite_stats *suite, struct criterion_test_stats *test,
                             uint32_t n_worker_slots)
{
    bool fails = false;
    for (uint32_t i = 0; i < n_worker_slots && !fails; i++) {
        const struct criterion_alloc_worker_slot *worker_slot =
            criterion_alloc_shared_worker_slot(shared, i);
        if (test->test_status == CR_STATUS_PASSED
            && __atomic_load_n(&worker_slot->taken, __ATOMIC_ACQUIRE)
            && runs_test(worker_slot, test))
            fails = report_dead_worker(test->test, worker_slot);
    }
    if (!fails)
        return;
    test->test_status = CR_STATUS_FAILED;
    suite->tests_passed--;
    suite->tests_failed++;
    all->tests_passed--;
    all->tests_failed++;
}

/* File names that Criterion allocated and this file replaced. The list keeps the names reachable,
   so that a leak checker does not report them. */
struct replaced_name {
    struct replaced_name *next;
    const char *name;
};

static struct replaced_name *replaced_names;

static void keep_name(const char *name)
{
    struct replaced_name *kept = malloc(sizeof *kept);
    if (!kept)
        return;
    *kept = (struct replaced_name){ replaced_names, name };
    replaced_names = kept;
}

/* Complete the message before Criterion prints it. Criterion prints no passed assertion, so a
   warning is printed here. */
KEPT_HOOK(ASSERT)(struct criterion_assert_stats *stats)
{
    if (criterion_alloc_warning_print(shared, stats))
        return;
    const char *file = stats->file;
    const char *message =
        criterion_alloc_message_complete(shared, stats->message, &file, &stats->line);
    if (file != stats->file)
        keep_name(stats->file);
    stats->file = file;
    if (message)
        stats->message = message;
}

/* Complete the messages of a test before Criterion writes them to files. Criterion frees the new
   message and the new file name. Criterion has another pointer to the old file name, so this
   function must not free the old name. */
static void complete_messages(struct criterion_test_stats *test)
{
    for (struct criterion_assert_stats *stats = test->asserts; stats; stats = stats->next) {
        const char *file = stats->file;
        const char *message =
            criterion_alloc_message_complete(shared, stats->message, &file, &stats->line);
        char *copy = message ? strdup(message) : NULL;
        char *file_copy = copy && file != stats->file ? strdup(file) : NULL;
        if (!copy)
            continue;
        free((void *) stats->message);
        stats->message = copy;
        if (file_copy) {
            keep_name(stats->file);
            stats->file = file_copy;
        }
    }
}

KEPT_HOOK(POST_ALL)(struct criterion_global_stats *all)
{
    uint32_t n_worker_slots = criterion_alloc_shared_n_used(shared);
    for (struct criterion_suite_stats *suite = all->suites; suite; suite = suite->next)
        for (struct criterion_test_stats *test = suite->tests; test; test = test->next)
            report_dead_test(all, suite, test, n_worker_slots);
    criterion_alloc_late_finish(all);
    criterion_alloc_suppressions_report(shared);
    if (shared->wants) {
        struct criterion_alloc_results results = criterion_alloc_results_collect(shared, all);
        if (!shared->off)
            criterion_alloc_results_print(&results);
        criterion_alloc_results_write(&results, all, shared->off);
        criterion_alloc_results_free(&results);
    }
    criterion_alloc_own_assertions_remove(all);
    for (struct criterion_suite_stats *suite = all->suites; suite; suite = suite->next)
        for (struct criterion_test_stats *test = suite->tests; test; test = test->next)
            complete_messages(test);
}

#ifndef CRITERION_ALLOC_PRELOADED
static __attribute__((constructor)) void keep_hooks(void)
{
    __asm__ volatile("" : : "r"(kept_PRE_ALL), "r"(kept_ASSERT), "r"(kept_POST_ALL));
}
#endif
