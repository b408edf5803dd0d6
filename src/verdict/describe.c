/* SPDX-License-Identifier: MIT */
/* See describe.h. */
#include "verdict/describe.h"

#include <stdio.h>

#include "symbols/source.h"
#include "symbols/trace.h"
#include "track/observed.h"
#include "verdict/call_sites.h"
#include "verdict/verdict.h"

static void add_count(struct at_text *text, int64_t n, const char *one, const char *many)
{
    at_text_add_number(text, n);
    at_text_printf(text, " %s", n == 1 ? one : many);
}

static void add_metric(struct at_text *text, enum at_metric metric, const struct at_usage *usage)
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

void at_usage_describe(struct at_text *text, const struct at_usage *usage)
{
    add_metric(text, AT_METRIC_ALLOCS, usage);
    at_text_add_string(text, ", ");
    add_metric(text, AT_METRIC_BYTES, usage);
    at_text_add_string(text, ", ");
    add_metric(text, AT_METRIC_FREES, usage);
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

void at_usage_describe_excess(struct at_text *text, const struct at_usage *usage,
                              const struct at_limits *limits)
{
    const char *separator = "";
    for (int i = 0; i < AT_N_METRICS; i++) {
        if (at_usage_is_within(usage, limits, (enum at_metric) i))
            continue;
        at_text_add_string(text, separator);
        add_metric(text, (enum at_metric) i, usage);
        if (i == AT_METRIC_ALLOCS && !limits->metrics[AT_METRIC_BYTES].has_max) {
            at_text_add_string(text, ", ");
            add_metric(text, AT_METRIC_BYTES, usage);
        }
        at_text_add_string(text, "; ");
        add_limit(text, (enum at_metric) i, &limits->metrics[i],
                  at_usage_is_above(usage, limits, (enum at_metric) i));
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
        if (!at_usage_is_above(&region->usage, limits, (enum at_metric) i))
            continue;
        if (i == AT_METRIC_LEAKS)
            return first_leak(region);
        if (region->crossed[i])
            return region->crossed[i];
        return region->site_stats.n_sites ? region->site_stats.sites[0].site : NULL;
    }
    return NULL;
}

static void locate(struct at_verdict_message *message, const struct at_region *region,
                   const struct at_limits *limits, const char *file, unsigned line)
{
    at_source_find(file, NULL, message->file, sizeof message->file);
    message->line = line;
    const struct at_call_site *site = offending_site(region, limits);
    struct at_lookup known = { 0 };
    struct at_trace trace;
    bool traced = site && at_trace_site(&trace, &known, site, at_messages_are_verbose());
    const struct at_trace_row *at = traced ? at_trace_location(&trace) : NULL;
    if (at) {
        snprintf(message->file, sizeof message->file, "%s", at->file);
        message->line = (unsigned) at->line;
    }
    at_lookup_free(&known);
}

/* Return whether a limit is exceeded that is explained by this list of call sites. */
static bool is_list_wanted(const struct at_region *region, const struct at_limits *limits,
                           enum at_call_site_list list)
{
    for (int i = 0; i < AT_N_METRICS; i++) {
        enum at_call_site_list explains = i == AT_METRIC_FREES   ? AT_CALL_SITES_FREES
                                          : i == AT_METRIC_LEAKS ? AT_CALL_SITES_LEAKS
                                                                 : AT_CALL_SITES_ALLOCS;
        if (explains == list && at_usage_is_above(&region->usage, limits, (enum at_metric) i))
            return true;
    }
    return false;
}

static void add_call_sites(struct at_text *text, const struct at_region *region,
                           const struct at_limits *limits)
{
    bool mark = at_usage_is_above(&region->usage, limits, AT_METRIC_PEAK)
                || at_usage_is_above(&region->usage, limits, AT_METRIC_LIVE);
    struct at_call_sites_notes notes = { 0 };
    for (int i = 0; i < AT_N_CALL_SITE_LISTS; i++) {
        if (!is_list_wanted(region, limits, (enum at_call_site_list) i))
            continue;
        at_text_add_string(text, " \n");
        at_call_sites_print(text, region, (enum at_call_site_list) i, mark, &notes);
    }
    if (notes.runtime_owned)
        at_text_add_string(text, "runtime-owned blocks belong to libc or the C++ runtime, which "
                                 "releases them later; limit .leaks, which excludes them\n");
    at_text_add_string(text, at_text_get(&notes.text));
    at_text_free(&notes.text);
}

static void add_notes(struct at_text *text, const struct at_region *region,
                      const struct at_limits *limits)
{
    bool needs_sizes = at_metric_is_limited(&limits->metrics[AT_METRIC_PEAK])
                       || at_metric_is_limited(&limits->metrics[AT_METRIC_LIVE]);
    if (at_region_observed(region, NULL) == AT_OBSERVED_PARTLY)
        at_text_printf(text,
                       "%llu events did not fit the tracker's tables, so the numbers above are "
                       "too low; give the process more address space (ulimit -v)\n",
                       (unsigned long long) region->usage.dropped);
    if (region->n_unsited)
        at_text_printf(text, "not shown: %llu allocation%s before the budget was set\n",
                       (unsigned long long) region->n_unsited, region->n_unsited == 1 ? "" : "s");
    if (region->usage.permitted)
        at_text_printf(text, "%llu permitted allocation%s not counted above\n",
                       (unsigned long long) region->usage.permitted,
                       region->usage.permitted == 1 ? "" : "s");
    if (region->usage.unknown && needs_sizes)
        at_text_printf(text,
                       "%llu released blocks were allocated before tracking began; their sizes are "
                       "unknown, so live and peak are too high by these sizes\n",
                       (unsigned long long) region->usage.unknown);
}

void at_verdict_add_location(struct at_text *text, const char *file, unsigned line)
{
    char path[512];
    at_source_find(file, NULL, path, sizeof path);
    at_text_printf(text, "%s:%u", path, line);
}

static void add_headline(struct at_text *text, const struct at_verdict_headline *headline)
{
    at_text_add_string(text, headline->text);
    if (headline->file) {
        at_text_add_string(text, " ");
        at_verdict_add_location(text, headline->file, headline->line);
    }
    at_text_add_string(text, ": ");
}

struct at_verdict_message at_verdict_describe(const struct at_region *region,
                                              const struct at_limits *limits,
                                              const struct at_verdict_headline *headline,
                                              const char *file, unsigned line)
{
    struct at_verdict_message message = { 0 };
    const char *reason;
    locate(&message, region, limits, file, line);
    add_headline(&message.text, headline);
    if (limits->error[0]) {
        at_text_printf(&message.text, "%s\n", limits->error);
    } else if (at_region_observed(region, &reason) == AT_UNOBSERVED) {
        at_text_printf(&message.text, "not observed: %s\n", reason);
    } else {
        at_usage_describe_excess(&message.text, &region->usage, limits);
        at_text_add_string(&message.text, "\n");
        add_call_sites(&message.text, region, limits);
        add_notes(&message.text, region, limits);
    }
    return message;
}
