/* SPDX-License-Identifier: MIT */
/* See measure.h. */
#include "worker/measure.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "attribution/unobserved.h"
#include "guard/suppress.h"
#include "track/observed.h"
#include "track/thread.h"
#include "worker/join.h"
#include "worker/message.h"
#include "worker/record.h"
#include "worker/state_open.h"
#include "worker/verdict.h"
#include "worker/worker.h"

#ifndef CRITERION_ALLOC_PRELOADED /* see weak.h */
#define CRITERION_ALLOC_PRELOADED false
#endif

static struct {
    struct criterion_alloc_joined run;
    struct criterion_alloc_budgets budgets;
    char headline[512]; /* of messages, without the location of the budget: */
    const char *set_file;
    unsigned set_line;
    struct at_region *regions[CRITERION_ALLOC_KINDS]; /* of the run in progress */
    bool late;                                        /* they wait for the fixtures' fini */
    enum at_verdict outcome;                          /* so far */
    bool recorded;
} measure = { .run.file = "unknown" };

static void set_headline(const char *where, const char *file, unsigned line)
{
    snprintf(measure.headline, sizeof measure.headline, "alloc budget of %s::%s%s",
             criterion_current_test->category, criterion_current_test->name, where);
    measure.set_file = file;
    measure.set_line = line;
}

static bool has_fini(void)
{
    const struct criterion_test_extra_data *suite = criterion_current_suite->data;
    return criterion_current_test->data->fini || (suite && suite->fini);
}

static bool limits_leaks(const struct criterion_alloc_limits *limits)
{
    const struct criterion_alloc_limit *leaks = &limits->fields[AT_METRIC_LEAKS];
    return leaks->min != INT64_MIN || leaks->max != INT64_MAX;
}

static bool limits_any_leaks(void)
{
    bool any = false;
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++)
        any |= limits_leaks(&measure.budgets.kinds[i]);
    return any;
}

/* Announce to the runner, before it prints a verdict on the body, that another may follow. */
static void announce_late(void)
{
    if (limits_any_leaks() && has_fini() && measure.run.entry)
        __atomic_store_n(&measure.run.entry->late, 1, __ATOMIC_RELEASE);
}

static bool wants_sites(size_t kind)
{
    return kind == 0 && measure.run.shared
           && measure.run.shared->wants & CRITERION_ALLOC_WANTS_SITES;
}

/* Allocate the memory that regions and call sites will need: later the test may have limited its
   address space. */
static void prepare(void)
{
    bool sites = wants_sites(0) || at_suppress_is_active();
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++)
        sites |= criterion_alloc_limits_any(&measure.budgets.kinds[i]);
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
    measure.budgets = criterion_alloc_budgets_none();
    const char *unobserved = criterion_alloc_join(&measure.run);
    if (measure.run.entry) {
        measure.budgets = measure.run.entry->budgets;
        set_headline(" at", measure.run.file, measure.run.line);
        announce_late();
    }
    if (measure.run.shared)
        prepare();
    return unobserved;
}

void criterion_alloc_measure_set_parameter(const void *parameter)
{
    struct criterion_alloc_worker_slot *worker_slot = measure.run.worker_slot;
    if (!worker_slot)
        return;
    worker_slot->parameter = criterion_alloc_parameter_index(measure.run.entry, parameter);
    if (measure.run.shared->wants && parameter)
        criterion_alloc_worker_id_send(worker_slot->worker_id, measure.run.file, measure.run.line);
}

const char *criterion_alloc_measure_file(void)
{
    return measure.run.file;
}

unsigned criterion_alloc_measure_line(void)
{
    return measure.run.line;
}

const struct criterion_alloc_budgets *criterion_alloc_measure_budgets(void)
{
    return &measure.budgets;
}

uint32_t *criterion_alloc_measure_n_over(void)
{
    return measure.run.worker_slot ? &measure.run.worker_slot->n_over : NULL;
}

static bool begin_kind(size_t i)
{
    struct at_region_options options = criterion_alloc_region_options(&measure.budgets.kinds[i]);
    options.sites |= wants_sites(i) || at_suppress_is_active();
    if (measure.run.worker_slot)
        options.mirror = &measure.run.worker_slot->usage[i];
    if (at_region_open(&options, &measure.regions[i]) != AT_OK)
        return false;
    criterion_alloc_set_bounds(measure.regions[i], &measure.budgets.kinds[i]);
    return true;
}

bool criterion_alloc_measure_begin(void)
{
    bool measured = true;
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++)
        measured &= begin_kind(i);
    return measured;
}

void criterion_alloc_measure_add_budget(const struct cr_alloc_budget *budget, const char *file,
                                        unsigned line)
{
    unsigned warmup = measure.budgets.warmup;
    unsigned repeat = measure.budgets.repeat;
    criterion_alloc_budgets_add(&measure.budgets, budget, CRITERION_ALLOC_TEST);
    measure.budgets.warmup = warmup;
    measure.budgets.repeat = repeat;
    set_headline(", set at", file, line);
    announce_late();
    if (measure.run.worker_slot)
        measure.run.worker_slot->budgets = measure.budgets;
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++) {
        if (!measure.regions[i])
            continue;
        if (criterion_alloc_limits_any(&measure.budgets.kinds[i]))
            at_region_want_sites(measure.regions[i]);
        criterion_alloc_set_bounds(measure.regions[i], &measure.budgets.kinds[i]);
    }
}

static void worsen(enum at_verdict outcome)
{
    if (outcome > measure.outcome)
        measure.outcome = outcome;
}

static void send_verdict(const struct criterion_alloc_verdict *verdict, bool late)
{
    struct at_text message = { 0 };
    if (late)
        criterion_alloc_message_add_late(&message);
    at_text_add_string(&message, at_text_get(&verdict->text));
    criterion_alloc_send(at_text_get(&message), verdict->file, verdict->line);
    at_text_free(&message);
}

/* Compare the region with its limits, and send or print the message if a limit is not met. `late`:
   Criterion has ended the test already. */
static void report_verdict(struct at_region *region, const struct criterion_alloc_limits *limits,
                           bool late)
{
    if (criterion_alloc_is_within(region, limits)) {
        if (criterion_alloc_limits_any(limits))
            worsen(AT_VERDICT_WITHIN);
        return;
    }
    const struct criterion_alloc_place where = { measure.headline, measure.set_file,
                                                 measure.set_line };
    bool warns = limits->warn && !limits->error[0];
    struct criterion_alloc_verdict verdict =
        warns
            ? criterion_alloc_describe_here(region, limits, &where, measure.run.file,
                                            measure.run.line)
            : criterion_alloc_describe(region, limits, &where, measure.run.file, measure.run.line);
    if (warns) {
        at_text_write(&verdict.text, STDERR_FILENO);
    } else {
        static const enum at_verdict outcomes[] = {
            [AT_OBSERVED] = AT_VERDICT_OVER,
            [AT_OBSERVED_PARTLY] = AT_VERDICT_INCOMPLETE,
            [AT_UNOBSERVED] = AT_VERDICT_UNOBSERVED,
        };
        worsen(outcomes[at_region_observed(region, NULL)]);
        send_verdict(&verdict, late);
    }
    criterion_alloc_verdict_free(&verdict);
}

static void record(struct at_region *region, enum at_verdict outcome, const char *unobserved)
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
        .budgets = measure.budgets,
    };
    snprintf(head.reason, sizeof head.reason, "%s", reason ? reason : "");
    measure.recorded =
        criterion_alloc_record_write(&measure.run.area, &head, wants_sites(0) ? region : NULL);
}

bool criterion_alloc_measure_record_unobserved(const char *reason)
{
    record(NULL, AT_VERDICT_UNOBSERVED, reason);
    bool fails = !CRITERION_ALLOC_PRELOADED;
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++)
        fails |= criterion_alloc_limits_any(&measure.budgets.kinds[i]);
    return fails;
}

/* Of several runs the last is recorded, or the first that failed. */
static bool is_to_be_recorded(bool last)
{
    return last || measure.outcome >= AT_VERDICT_OVER;
}

static void end_kind(size_t i, const struct criterion_alloc_limits *limits, bool late)
{
    struct at_region *region = measure.regions[i];
    if (wants_sites(i))
        at_region_find_leaks(region);
    criterion_alloc_end(region, limits);
    report_verdict(region, limits, late);
}

static void free_regions(void)
{
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++)
        measure.regions[i] = at_region_free(measure.regions[i]);
}

/* All but the leaks: the regions stay, to see what the fixtures release. */
static void judge_early(void)
{
    measure.late = true;
    if (measure.run.worker_slot && limits_any_leaks())
        __atomic_store_n(&measure.run.worker_slot->late, 1, __ATOMIC_RELEASE);
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++) {
        if (!measure.regions[i])
            continue;
        struct criterion_alloc_limits limits = measure.budgets.kinds[i];
        criterion_alloc_limits_clear(&limits, AT_METRIC_LEAKS);
        at_region_seal(measure.regions[i]);
        report_verdict(measure.regions[i], &limits, false);
    }
}

static bool must_wait(void)
{
    bool waits = (measure.run.shared && measure.run.shared->wants) || limits_any_leaks();
    return waits && has_fini();
}

void criterion_alloc_measure_judge(bool last, bool may_wait)
{
    if (last && may_wait && must_wait()) {
        judge_early();
        return;
    }
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++)
        if (measure.regions[i])
            end_kind(i, &measure.budgets.kinds[i], false);
    if (measure.regions[0] && is_to_be_recorded(last))
        record(measure.regions[0], measure.outcome, NULL);
    free_regions();
}

bool criterion_alloc_measure_is_late(void)
{
    return measure.late;
}

void criterion_alloc_measure_judge_late(void)
{
    measure.late = false;
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++) {
        struct criterion_alloc_limits leaks = measure.budgets.kinds[i];
        for (int j = 0; j < AT_N_METRICS; j++)
            if (j != AT_METRIC_LEAKS)
                criterion_alloc_limits_clear(&leaks, (enum at_metric) j);
        leaks.error[0] = '\0'; /* it was reported before */
        if (measure.regions[i])
            end_kind(i, &leaks, true);
    }
    if (measure.regions[0])
        record(measure.regions[0], measure.outcome, NULL);
    free_regions();
}

bool criterion_alloc_measure_abandon(void)
{
    struct at_region *region = measure.regions[0];
    bool abandoned = region != NULL;
    if (region) {
        struct criterion_alloc_limits limits =
            criterion_alloc_limits_at_death(&measure.budgets.kinds[0]);
        if (wants_sites(0))
            at_region_find_leaks(region);
        at_region_end(region);
        if (!criterion_alloc_is_within(region, &limits))
            worsen(AT_VERDICT_OVER);
        else if (criterion_alloc_limits_any(&limits))
            worsen(AT_VERDICT_WITHIN);
        record(region, measure.outcome, NULL);
    }
    free_regions();
    return abandoned;
}

void criterion_alloc_measure_set_judged(void)
{
    if (measure.run.worker_slot && measure.run.shared->wants && !measure.recorded)
        return; /* the runner has no record, only the worker slot */
    __atomic_store_n(&at_unobserved_mirror, NULL, __ATOMIC_RELEASE);
    if (measure.run.worker_slot)
        criterion_alloc_worker_slot_give_back(measure.run.worker_slot);
    measure.run.worker_slot = NULL;
}

struct at_usage criterion_alloc_measure_usage(void)
{
    return measure.regions[0] ? at_region_usage(measure.regions[0]) : (struct at_usage){ 0 };
}
