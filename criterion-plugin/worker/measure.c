/* SPDX-License-Identifier: MIT */
/* See measure.h. */
#include "worker/measure.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "attribution/unobserved.h"
#include "guard/suppress.h"
#include "track/observed.h"
#include "track/thread.h"
#include "verdict/verdict.h"
#include "worker/join.h"
#include "worker/message.h"
#include "worker/record.h"
#include "worker/set_budget.h"
#include "worker/state_open.h"
#include "worker/uses.h"
#include "worker/verdict.h"
#include "worker/worker.h"

#ifndef CRITERION_ALLOC_PRELOADED /* see weak.h */
#define CRITERION_ALLOC_PRELOADED false
#endif

enum { N_SCOPES = 2 };

static struct {
    struct criterion_alloc_joined run;
    struct at_limits declared;           /* the limits from before the test */
    struct at_limits limits;             /* the limits that apply now */
    bool tracked;                        /* the body has a region */
    bool running;                        /* a run of the body is in progress */
    struct at_region *regions[N_SCOPES]; /* of the run in progress, by enum at_scope; or NULL */
    bool exited;                         /* by exit() in the body: live blocks are not leaks */
    bool late;                           /* the regions wait for the fixtures' fini */
    enum at_verdict outcome;             /* the worst verdict so far */
    bool recorded;                       /* the runner has the record of the test */
} measure = { .run.file = "unknown" };

static bool has_fini(void)
{
    const struct criterion_test_extra_data *suite = criterion_current_suite->data;
    return criterion_current_test->data->fini || (suite && suite->fini);
}

static bool limits_any_leaks(void)
{
    return at_metric_is_limited(&measure.limits.metrics[AT_METRIC_LEAKS]);
}

/* Announce a possible second verdict, on leaks after the fixtures' fini, to the runner. The runner
   reads this before it prints the verdict on the body. */
static void announce_late(void)
{
    if (limits_any_leaks() && has_fini() && measure.run.entry)
        __atomic_store_n(&measure.run.entry->late, 1, __ATOMIC_RELEASE);
}

static bool wants_sites(enum at_scope scope)
{
    return scope == AT_PROCESS && measure.run.shared
           && measure.run.shared->wants & CRITERION_ALLOC_WANTS_SITES;
}

/* Allocate the memory that regions and call sites need, because the test may limit its address
   space later. */
static void prepare_memory(void)
{
    bool sites =
        wants_sites(AT_PROCESS) || at_suppress_is_active() || at_limits_any(&measure.limits);
    const struct at_region_options options = { .scope = AT_PROCESS, .sites = sites };
    struct at_region *region;
    if (at_region_open(&options, &region) != AT_OK)
        return;
    if (sites)
        at_region_prepare(region);
    at_region_free(region);
}

const char *criterion_alloc_measure_find_test(void)
{
    const char *unobserved = criterion_alloc_join(&measure.run);
    if (criterion_alloc_is_off())
        return unobserved;
    if (measure.run.entry) {
        measure.limits = measure.declared = measure.run.entry->limits;
        criterion_alloc_set_budget_start(measure.run.file, measure.run.line);
        announce_late();
    }
    if (measure.run.shared) {
        measure.tracked = measure.run.shared->wants || at_suppress_is_active()
                          || at_limits_any(&measure.limits) || measure.limits.error[0]
                          || criterion_alloc_suite_uses_sizes();
        prepare_memory();
    }
    return unobserved;
}

bool criterion_alloc_measure_is_tracked(void)
{
    return measure.tracked;
}

void criterion_alloc_measure_set_parameter(const void *parameter)
{
    criterion_alloc_joined_set_parameter(&measure.run, parameter);
}

const char *criterion_alloc_measure_file(void)
{
    return measure.run.file;
}

unsigned criterion_alloc_measure_line(void)
{
    return measure.run.line;
}

const struct at_limits *criterion_alloc_measure_limits(void)
{
    return &measure.limits;
}

uint32_t *criterion_alloc_measure_n_over(void)
{
    return measure.run.worker_slot ? &measure.run.worker_slot->n_over : NULL;
}

static bool begin_scope(enum at_scope scope)
{
    const struct at_limits limits = at_limits_in(&measure.limits, scope);
    struct at_region_options options = criterion_alloc_region_options(&limits);
    options.scope = scope;
    options.sites |= wants_sites(scope) || at_suppress_is_active();
    if (measure.run.worker_slot) {
        options.mirror = &measure.run.worker_slot->usage[scope];
        __atomic_store_n(&measure.run.worker_slot->are_leaks_final, 0, __ATOMIC_RELEASE);
    }
    if (at_region_open(&options, &measure.regions[scope]) != AT_OK)
        return false;
    at_verdict_set_bounds(measure.regions[scope], &limits);
    return true;
}

/* Return whether the body needs a region for its thread. A second region costs as much as the
   first, so it is opened only for limits with its scope. */
static bool needs_thread_region(void)
{
    return at_limits_any_in(&measure.limits, AT_THREAD) || criterion_alloc_suite_uses_threads();
}

bool criterion_alloc_measure_begin(void)
{
    measure.running = true;
    if (!measure.tracked)
        return true;
    bool measured = begin_scope(AT_PROCESS);
    return (!needs_thread_region() || begin_scope(AT_THREAD)) && measured;
}

static void worsen(enum at_verdict outcome)
{
    if (outcome > measure.outcome)
        measure.outcome = outcome;
}

void criterion_alloc_measure_set_budget(const struct at_budget *budget, const char *file,
                                        unsigned line)
{
    bool was_tracked =
        measure.tracked && (!measure.running || measure.regions[budget->scope == AT_THREAD]);
    if (!was_tracked && !criterion_alloc_unobserved()) {
        worsen(AT_VERDICT_UNOBSERVED);
        criterion_alloc_send_unobserved("cr_set_alloc_budget", file, line);
        return;
    }
    criterion_alloc_set_budget_add(&measure.limits, &measure.declared, budget, file, line);
    announce_late();
    criterion_alloc_joined_set_limits(&measure.run, &measure.limits);
    for (int i = 0; i < N_SCOPES; i++) {
        const struct at_limits limits = at_limits_in(&measure.limits, (enum at_scope) i);
        if (measure.regions[i])
            at_verdict_set_bounds(measure.regions[i], &limits);
    }
}

/* Send a verdict as a failed assertion. `late`: Criterion has ended the test. */
static void send_verdict(const struct at_verdict_message *verdict, bool late)
{
    struct at_text message = { 0 };
    if (late)
        criterion_alloc_message_add_late(&message);
    at_text_add_string(&message, at_text_get(&verdict->text));
    criterion_alloc_send(at_text_get(&message), verdict->file, verdict->line);
    at_text_free(&message);
}

/* Return whether the region is within the limits, and record this verdict. */
static bool is_within(const struct at_region *region, const struct at_limits *limits)
{
    bool within = at_verdict_is_within(region, limits);
    if (within && at_limits_any(limits))
        worsen(AT_VERDICT_WITHIN);
    return within;
}

/* Report the verdict, with a message for each budget whose limits the region exceeds. `warns`: the
   messages fail nothing. `late`: Criterion has ended the test. */
static void report_verdict(struct at_region *region, struct at_limits left, bool warns, bool late)
{
    while (!at_verdict_is_within(region, &left)) {
        struct at_verdict_headline where;
        const struct at_limits one = criterion_alloc_set_budget_take(&left, region, &where);
        const char *file = measure.run.file;
        unsigned line = measure.run.line;
        struct at_verdict_message verdict =
            criterion_alloc_describe(region, &one, &where, file, line);
        if (warns)
            criterion_alloc_warning_send(at_text_get(&verdict.text), verdict.file, verdict.line);
        else
            send_verdict(&verdict, late);
        at_text_free(&verdict.text);
    }
}

/* Compare the region with the limits that fail the test. `limits` have the scope of the region. */
static void check_failing(struct at_region *region, const struct at_limits *limits, bool late)
{
    static const enum at_verdict verdicts[] = {
        [AT_OBSERVED] = AT_VERDICT_OVER,
        [AT_OBSERVED_PARTLY] = AT_VERDICT_INCOMPLETE,
        [AT_UNOBSERVED] = AT_VERDICT_UNOBSERVED,
    };
    if (is_within(region, limits))
        return;
    worsen(verdicts[at_region_observed(region, NULL)]);
    report_verdict(region, *limits, false, late);
}

/* Compare the region with the limits of its scope, and report the verdict. */
static void check_scope(struct at_region *region, const struct at_limits *limits, bool late)
{
    const struct at_limits failing = at_limits_select(limits, region->options.scope, false);
    const struct at_limits warning = at_limits_select(limits, region->options.scope, true);
    check_failing(region, &failing, late);
    if (!is_within(region, &warning))
        report_verdict(region, warning, true, late);
}

/* Write the record of the test for the runner, once. `region` is NULL if the test was not observed,
   for the reason `unobserved`. */
static void record_test(struct at_region *region, enum at_verdict outcome, const char *unobserved)
{
    if (!measure.run.worker_slot || !measure.run.shared->wants || measure.recorded)
        return;
    const char *reason = unobserved;
    if (region && at_region_observed(region, &reason) == AT_UNOBSERVED) {
        region = NULL;
        outcome = AT_VERDICT_UNOBSERVED;
    }
    if (region)
        reason = NULL;
    struct criterion_alloc_record head = {
        .entry = measure.run.worker_slot->entry,
        .parameter = measure.run.worker_slot->parameter,
        .outcome = outcome,
        .usage = region ? region->usage : (struct at_usage){ 0 },
        .limits = measure.limits,
    };
    snprintf(head.reason, sizeof head.reason, "%s", reason ? reason : "");
    measure.recorded = criterion_alloc_record_write(&measure.run.area, &head,
                                                    wants_sites(AT_PROCESS) ? region : NULL);
}

bool criterion_alloc_measure_record_unobserved(const char *reason)
{
    record_test(NULL, AT_VERDICT_UNOBSERVED, reason);
    if (criterion_alloc_is_off())
        return false;
    return !CRITERION_ALLOC_PRELOADED || !at_limits_only_warn(&measure.limits);
}

/* End the region of a scope and compare its usage with the limits. */
static void end_scope(enum at_scope scope, const struct at_limits *limits, bool late)
{
    struct at_region *region = measure.regions[scope];
    if (!region)
        return;
    if (wants_sites(scope) && !measure.exited)
        at_region_find_leaks(region);
    at_verdict_end_region(region, limits);
    if (measure.exited)
        criterion_alloc_usage_forget_leaks(&region->usage);
    if (measure.run.worker_slot)
        __atomic_store_n(&measure.run.worker_slot->are_leaks_final, 1, __ATOMIC_RELEASE);
    check_scope(region, limits, late);
}

static void free_regions(void)
{
    for (size_t i = 0; i < N_SCOPES; i++)
        measure.regions[i] = at_region_free(measure.regions[i]);
}

/* Compare all metrics except leaks. The regions remain open for the releases of the fixtures. */
static void check_all_but_leaks(void)
{
    struct at_limits limits = measure.limits;
    at_limits_remove(&limits, AT_METRIC_LEAKS);
    measure.late = true;
    if (measure.run.worker_slot && limits_any_leaks()
        && !measure.limits.metrics[AT_METRIC_LEAKS].warn)
        __atomic_store_n(&measure.run.worker_slot->late, 1, __ATOMIC_RELEASE);
    for (size_t i = 0; i < N_SCOPES; i++) {
        if (!measure.regions[i])
            continue;
        at_region_seal(measure.regions[i]);
        check_scope(measure.regions[i], &limits, false);
    }
}

/* Return whether the fixtures' fini can change the result of the test. */
static bool must_wait(void)
{
    return has_fini() && ((measure.run.shared && measure.run.shared->wants) || limits_any_leaks());
}

void criterion_alloc_measure_end(bool last, bool may_wait)
{
    measure.running = false;
    if (last && may_wait && must_wait()) {
        check_all_but_leaks();
        return;
    }
    if ((measure.exited = !may_wait))
        at_limits_remove(&measure.limits, AT_METRIC_LEAKS);
    end_scope(AT_PROCESS, &measure.limits, false);
    end_scope(AT_THREAD, &measure.limits, false);
    /* of several runs, record the first that failed, or else the last */
    if (measure.regions[0] && (last || measure.outcome >= AT_VERDICT_OVER))
        record_test(measure.regions[0], measure.outcome, NULL);
    free_regions();
}

bool criterion_alloc_measure_is_late(void)
{
    return measure.late;
}

void criterion_alloc_measure_check_leaks(void)
{
    struct at_limits leaks = { 0 };
    leaks.metrics[AT_METRIC_LEAKS] = measure.limits.metrics[AT_METRIC_LEAKS];
    measure.late = false;
    end_scope(AT_PROCESS, &leaks, true);
    end_scope(AT_THREAD, &leaks, true);
    if (measure.regions[0])
        record_test(measure.regions[0], measure.outcome, NULL);
    free_regions();
}

bool criterion_alloc_measure_abandon(void)
{
    struct at_region *region = measure.regions[0];
    bool abandoned = measure.running;
    measure.running = false;
    if (region) {
        const struct at_limits left = at_limits_at_death(&measure.limits);
        const struct at_limits limits = at_limits_select(&left, AT_PROCESS, false);
        at_region_end(region);
        criterion_alloc_usage_forget_leaks(&region->usage);
        if (!is_within(region, &limits))
            worsen(AT_VERDICT_OVER);
        record_test(region, measure.outcome, NULL);
    }
    free_regions();
    return abandoned;
}

void criterion_alloc_measure_give_slot_back(void)
{
    if (measure.run.worker_slot && measure.run.shared->wants && !measure.recorded)
        return; /* there is no record, so the runner reads the worker slot */
    __atomic_store_n(&at_unobserved_mirror, NULL, __ATOMIC_RELEASE);
    if (measure.run.worker_slot)
        criterion_alloc_worker_slot_give_back(measure.run.worker_slot);
    measure.run.worker_slot = NULL;
}

struct at_usage criterion_alloc_measure_usage(void)
{
    if (!measure.tracked && !criterion_alloc_unobserved())
        criterion_alloc_send_unobserved("cr_alloc_usage in the test", measure.run.file,
                                        measure.run.line);
    return measure.regions[0] ? at_region_usage(measure.regions[0]) : (struct at_usage){ 0 };
}
