/* SPDX-License-Identifier: MIT */
/* See verdict.h. Called with tracking suspended. */
#include "worker/verdict.h"

#include <signal.h>
#include <stdio.h>

#include <criterion/options.h>

#include "guard/panic.h"
#include "symbols/source.h"
#include "track/observed.h"
#include "worker/groups.h"
#include "worker/message.h"
#include "worker/worker.h"

/* A test that expects the breakpoint's own signal would pass by it: it is judged at its end. */
static bool expects_trap(void)
{
    return criterion_current_test->data->signal == SIGTRAP;
}

struct at_region_options criterion_alloc_region_options(const struct at_limits *limits)
{
    return (struct at_region_options){
        .sites = at_limits_any(limits),
        .free_sites = limits->metrics[AT_METRIC_FREES].has_max,
        .trap = (criterion_options.crash || at_trap_requested()) && !expects_trap(),
        .disposable = true,
        .warn = at_limits_only_warn(limits),
    };
}

void criterion_alloc_set_bounds(struct at_region *region, const struct at_limits *limits)
{
    for (int i = 0; i < AT_N_METRICS; i++)
        if (!limits->metrics[i].warn)
            at_region_set_bound(region, (enum at_metric) i,
                                at_metric_bound((enum at_metric) i, &limits->metrics[i]));
}

static bool is_above(const struct at_usage *usage, const struct at_limits *limits,
                     enum at_metric metric)
{
    return at_metric_is_above(metric, &limits->metrics[metric], at_usage_value(usage, metric));
}

static bool is_within(const struct at_usage *usage, const struct at_limits *limits,
                      enum at_metric metric)
{
    return !is_above(usage, limits, metric)
           && !at_metric_is_below(metric, &limits->metrics[metric], at_usage_value(usage, metric));
}

void criterion_alloc_end(struct at_region *region, const struct at_limits *limits)
{
    if (!is_within(&region->usage, limits, AT_METRIC_LEAKS))
        at_region_find_leaks(region);
    at_region_end(region);
}

bool criterion_alloc_is_within(const struct at_region *region, const struct at_limits *limits)
{
    if (limits->error[0])
        return false;
    if (!at_limits_any(limits))
        return true;
    bool within = at_region_observed(region, NULL) == AT_OBSERVED;
    for (int i = 0; i < AT_N_METRICS; i++)
        within &= is_within(&region->usage, limits, (enum at_metric) i);
    return within;
}

bool criterion_alloc_judge(struct at_region *region, const struct at_limits *limits)
{
    criterion_alloc_end(region, limits);
    return criterion_alloc_is_within(region, limits);
}

static void add_count(struct at_text *text, int64_t n, const char *one, const char *many)
{
    at_text_add_number(text, n);
    at_text_printf(text, " %s", n == 1 ? one : many);
}

static void add_figure(struct at_text *text, enum at_metric metric, const struct at_usage *usage)
{
    switch (metric) {
        case AT_METRIC_ALLOCS:
            add_count(text, (int64_t) usage->allocs, "allocation", "allocations");
            break;
        case AT_METRIC_REALLOCS:
            add_count(text, (int64_t) usage->reallocs, "reallocation", "reallocations");
            break;
        case AT_METRIC_FREES: add_count(text, (int64_t) usage->frees, "free", "frees"); break;
        case AT_METRIC_BYTES: add_count(text, (int64_t) usage->bytes, "byte", "bytes"); break;
        case AT_METRIC_PEAK: add_count(text, usage->peak, "byte at peak", "bytes at peak"); break;
        case AT_METRIC_LIVE:
            add_count(text, usage->live, "byte live at the end", "bytes live at the end");
            break;
        case AT_METRIC_LEAKS:
            add_count(text, (int64_t) usage->leaks, "block leaked", "blocks leaked");
            at_text_add_string(text, ", ");
            add_count(text, (int64_t) usage->leaked_bytes, "byte", "bytes");
            break;
        case AT_N_METRICS: break;
    }
}

void criterion_alloc_describe_usage(struct at_text *text, const struct at_usage *usage)
{
    add_figure(text, AT_METRIC_ALLOCS, usage);
    at_text_add_string(text, ", ");
    add_figure(text, AT_METRIC_BYTES, usage);
    at_text_add_string(text, ", ");
    add_figure(text, AT_METRIC_FREES, usage);
}

static void add_limit(struct at_text *text, enum at_metric metric,
                      const struct at_metric_limit *limit, bool above)
{
    static const char *const sources[AT_N_SOURCES] = {
        [AT_SOURCE_ENVIRONMENT] = " (ALLOC_TRACKER_BUDGET)",
        [AT_SOURCE_SUITE] = " (the suite's budget)",
        [AT_SOURCE_TEST] = "",
        [AT_SOURCE_STATEMENT] = "",
    };
    bool is_exact = limit->has_min && limit->has_max && limit->min == limit->max;
    uint64_t bound = above ? limit->max : limit->min;
    if (bound == 0 && above) {
        at_text_add_string(text, "expected none");
    } else {
        at_text_printf(text, "expected %s ", is_exact ? "exactly" : above ? "at most" : "at least");
        if (metric == AT_METRIC_LIVE)
            at_text_add_number(text, (int64_t) bound);
        else
            at_text_add_count(text, bound);
    }
    at_text_add_string(text, sources[limit->source]);
}

void criterion_alloc_describe_figures(struct at_text *text, const struct at_usage *usage,
                                      const struct at_limits *limits)
{
    const char *separator = "";
    for (int i = 0; i < AT_N_METRICS; i++) {
        if (is_within(usage, limits, (enum at_metric) i))
            continue;
        at_text_add_string(text, separator);
        add_figure(text, (enum at_metric) i, usage);
        if (i == AT_METRIC_ALLOCS && !limits->metrics[AT_METRIC_BYTES].has_max) {
            at_text_add_string(text, ", ");
            add_figure(text, AT_METRIC_BYTES, usage);
        }
        at_text_add_string(text, "; ");
        add_limit(text, (enum at_metric) i, &limits->metrics[i],
                  is_above(usage, limits, (enum at_metric) i));
        separator = "; ";
    }
}

static const struct at_call_site *first_leak(const struct at_region *region)
{
    for (size_t i = 0; i < region->site_stats.n_sites; i++)
        if (region->site_stats.sites[i].leaks)
            return region->site_stats.sites[i].site;
    return NULL;
}

/* The event that went over a limit; where the limit was set too late to see it, the first one. */
static const struct at_call_site *offending_site(const struct at_region *region,
                                                 const struct at_limits *limits)
{
    for (int i = 0; i < AT_N_METRICS; i++) {
        if (!is_above(&region->usage, limits, (enum at_metric) i))
            continue;
        if (i == AT_METRIC_LEAKS)
            return first_leak(region);
        if (region->crossed[i])
            return region->crossed[i];
        return region->site_stats.n_sites ? region->site_stats.sites[0].site : NULL;
    }
    return NULL;
}

static void locate(struct criterion_alloc_verdict *verdict, const struct at_region *region,
                   const struct at_limits *limits, const char *file, unsigned line)
{
    at_source_find(file, NULL, verdict->file, sizeof verdict->file);
    verdict->line = line;
    const struct at_call_site *site = offending_site(region, limits);
    struct at_lookup known = { 0 };
    struct at_trace trace;
    bool traced = site && criterion_alloc_trace_site(&trace, &known, site, false);
    const struct at_trace_row *at = traced ? at_trace_location(&trace) : NULL;
    if (at) {
        snprintf(verdict->file, sizeof verdict->file, "%s", at->file);
        verdict->line = (unsigned) at->line;
    }
    at_lookup_free(&known);
}

static void add_sites(struct at_text *text, const struct at_region *region,
                      const struct at_limits *limits)
{
    bool lists[3] = { false };
    static const enum criterion_alloc_list list_of[AT_N_METRICS] = {
        [AT_METRIC_FREES] = CRITERION_ALLOC_LIST_FREES,
        [AT_METRIC_LEAKS] = CRITERION_ALLOC_LIST_LEAKS,
    };
    for (int i = 0; i < AT_N_METRICS; i++)
        if (is_above(&region->usage, limits, (enum at_metric) i))
            lists[list_of[i]] = true;
    bool mark = is_above(&region->usage, limits, AT_METRIC_PEAK)
                || is_above(&region->usage, limits, AT_METRIC_LIVE);
    struct criterion_alloc_shown shown = { 0 };
    for (int i = 0; i < 3; i++) {
        if (!lists[i])
            continue;
        at_text_add_string(text, " \n");
        criterion_alloc_groups_print(text, region, (enum criterion_alloc_list) i, mark, &shown);
    }
    if (shown.runtime_owned)
        at_text_add_string(text, "runtime-owned blocks belong to libc or the C++ runtime, which "
                                 "releases them later; limit .leaks, which leaves them out\n");
    at_text_add_string(text, at_text_get(&shown.notes));
    at_text_free(&shown.notes);
}

static void add_notes(struct at_text *text, const struct at_region *region)
{
    if (at_region_observed(region, NULL) == AT_OBSERVED_PARTLY)
        at_text_printf(text,
                       "%llu events did not fit the tracker's tables, so the figures above are "
                       "too low; give the process more address space (ulimit -v)\n",
                       (unsigned long long) region->usage.dropped);
    if (region->n_unsited)
        at_text_printf(text, "%llu allocation%s from before the budget was set not shown\n",
                       (unsigned long long) region->n_unsited, region->n_unsited == 1 ? "" : "s");
    if (region->usage.permitted)
        at_text_printf(text, "%llu permitted allocation%s not counted above\n",
                       (unsigned long long) region->usage.permitted,
                       region->usage.permitted == 1 ? "" : "s");
    if (region->usage.unknown)
        at_text_printf(text,
                       "%llu blocks from before tracking began were released; their sizes are "
                       "not known and not part of live and peak\n",
                       (unsigned long long) region->usage.unknown);
}

void criterion_alloc_add_place(struct at_text *text, const char *file, unsigned line)
{
    if (!criterion_alloc_is_child() && criterion_alloc_message_add_location(text, file, line))
        return;
    char path[512];
    at_source_find(file, NULL, path, sizeof path);
    at_text_printf(text, "%s:%u", path, line);
}

struct criterion_alloc_verdict
criterion_alloc_describe_here(const struct at_region *region, const struct at_limits *limits,
                              const struct criterion_alloc_place *where, const char *file,
                              unsigned line)
{
    struct criterion_alloc_verdict verdict = { 0 };
    locate(&verdict, region, limits, file, line);
    at_text_add_string(&verdict.text, where->text);
    if (where->file) {
        char path[512];
        at_source_find(where->file, NULL, path, sizeof path);
        at_text_printf(&verdict.text, " %s:%u", path, where->line);
    }
    at_text_add_string(&verdict.text, ": ");
    if (limits->error[0]) {
        at_text_printf(&verdict.text, "%s\n", limits->error);
        return verdict;
    }
    const char *reason;
    if (at_region_observed(region, &reason) == AT_UNOBSERVED) {
        at_text_printf(&verdict.text, "not observed: %s\n", reason);
        return verdict;
    }
    criterion_alloc_describe_figures(&verdict.text, &region->usage, limits);
    at_text_add_string(&verdict.text, "\n");
    add_sites(&verdict.text, region, limits);
    add_notes(&verdict.text, region);
    return verdict;
}

struct criterion_alloc_verdict criterion_alloc_describe(struct at_region *region,
                                                        const struct at_limits *limits,
                                                        const struct criterion_alloc_place *where,
                                                        const char *file, unsigned line)
{
    struct criterion_alloc_verdict verdict = { .line = line };
    if (!criterion_alloc_is_child()) {
        at_text_add_string(&verdict.text, where->text);
        if (where->file) {
            at_text_add_string(&verdict.text, " ");
            criterion_alloc_add_place(&verdict.text, where->file, where->line);
        }
        snprintf(verdict.file, sizeof verdict.file, "%s", file);
        if (criterion_alloc_message_add_verdict(&verdict.text, region, limits, file, line))
            return verdict;
    }
    at_text_free(&verdict.text);
    return criterion_alloc_describe_here(region, limits, where, file, line);
}

void criterion_alloc_verdict_free(struct criterion_alloc_verdict *verdict)
{
    at_text_free(&verdict->text);
}
