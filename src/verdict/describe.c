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

/* Return whether a metric is explained by a location: that of its largest call site. For other
   metrics, the event that goes over the limit does this. */
static bool is_sum_of_live_blocks(enum at_metric metric)
{
    return metric == AT_METRIC_PEAK || metric == AT_METRIC_LIVE || metric == AT_METRIC_LEAKS;
}

/* Return the call site of the first metric that is over its limit: the largest one for live blocks,
   else the one that went over the limit. If the limit was set too late for this, it is the first
   one. Return NULL if no metric is over its limit. */
static const struct at_call_site *offending_site(struct at_call_sites *sites,
                                                 const struct at_limits *limits)
{
    const struct at_region *region = sites->region;
    for (int i = 0; i < AT_N_METRICS; i++) {
        enum at_metric metric = (enum at_metric) i;
        if (!at_usage_is_above(&region->usage, limits, metric))
            continue;
        if (is_sum_of_live_blocks(metric))
            return at_call_sites_largest(sites, metric);
        return region->crossed[i] ? region->crossed[i] : at_call_sites_first(sites, metric);
    }
    return NULL;
}

static void locate(struct at_verdict_message *message, struct at_call_sites *sites,
                   const struct at_limits *limits, const char *file, unsigned line)
{
    at_source_find(file, NULL, message->file, sizeof message->file);
    message->line = line;
    const struct at_call_site *site = offending_site(sites, limits);
    struct at_trace trace;
    bool traced = site && at_trace_site(&trace, &sites->known, site, at_messages_detail());
    const struct at_trace_row *at = traced ? at_trace_location(&trace) : NULL;
    if (at) {
        snprintf(message->file, sizeof message->file, "%s", at->file);
        message->line = (unsigned) at->line;
    }
}

/* Return the metrics whose call sites are listed, a bit for each: those that are not within their
   limits, unless another list has the same call sites. */
static unsigned listed_metrics(struct at_call_sites *sites, const struct at_limits *limits)
{
    unsigned listed = 0;
    for (int i = 0; i < AT_N_METRICS; i++)
        if (!at_usage_is_within(&sites->region->usage, limits, (enum at_metric) i))
            listed |= 1u << i;
    static const struct {
        enum at_metric whole, part;
    } pairs[] = {
        { AT_METRIC_ALLOCS, AT_METRIC_REALLOCS },
        { AT_METRIC_ALLOCS, AT_METRIC_BYTES },
        { AT_METRIC_LIVE, AT_METRIC_LEAKS },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (listed & 1u << pairs[i].whole && listed & 1u << pairs[i].part
            && at_call_sites_covers(sites, pairs[i].whole, pairs[i].part))
            listed &= ~(1u << pairs[i].part);
    return listed;
}

/* Append the part of a metric that no listed call site has, so that the parts add up. */
static void add_rest(struct at_text *text, const struct at_region *region, enum at_metric metric,
                     const struct at_metric_limit *limit)
{
    bool peak = metric == AT_METRIC_PEAK;
    const char *when = peak ? "the peak" : "the end";
    int64_t before = peak ? at_region_before_at_peak(region) : at_region_before_at_end(region);
    uint64_t unsited =
        peak ? at_region_site_at_peak(region, &region->unsited).bytes : region->unsited.live_bytes;
    if (unsited && region->n_unsited) {
        add_count(text, (int64_t) unsited, "byte", "bytes");
        at_text_printf(text, " live at %s: blocks from before the budget was set\n", when);
    }
    if (before) {
        add_count(text, before, "byte", "bytes");
        at_text_printf(
            text, ": blocks from before the measured code%s, released or reallocated by then\n",
            limit->scope == AT_THREAD ? " or of other threads" : "");
    }
}

static void add_call_sites(struct at_text *text, struct at_call_sites *sites,
                           const struct at_limits *limits)
{
    static const char *const orders[AT_N_METRICS] = {
        [AT_METRIC_ALLOCS] = "by number of allocations:\n",
        [AT_METRIC_REALLOCS] = "by number of reallocations:\n",
        [AT_METRIC_BYTES] = "by bytes:\n",
    };
    unsigned listed = listed_metrics(sites, limits);
    bool ordered = (listed & 1u << AT_METRIC_ALLOCS)
                   && (listed & (1u << AT_METRIC_REALLOCS | 1u << AT_METRIC_BYTES));
    struct at_call_sites_notes notes = { 0 };
    for (int i = 0; i < AT_N_METRICS; i++) {
        if (!(listed & 1u << i))
            continue;
        struct at_text list = { 0 };
        at_call_sites_print(&list, sites, (enum at_metric) i, &notes);
        if (i == AT_METRIC_PEAK || i == AT_METRIC_LIVE)
            add_rest(&list, sites->region, (enum at_metric) i, &limits->metrics[i]);
        if (list.length)
            at_text_printf(text, " \n%s%s", ordered && orders[i] ? orders[i] : "",
                           at_text_get(&list));
        at_text_free(&list);
    }
    if (notes.runtime_owned)
        at_text_add_string(text, "runtime-owned blocks belong to libc or the C++ runtime, which "
                                 "releases them later; limit .leaks, which excludes them\n");
    at_text_add_string(text, at_text_get(&notes.text));
    at_text_free(&notes.text);
    at_text_free(&notes.hints);
}

/* Append the number of events before cr_set_alloc_budget(), whose call sites are unknown. For peak
   and live, add_rest() has added their bytes. */
static void add_not_shown(struct at_text *text, const struct at_region *region,
                          const struct at_limits *limits)
{
    static const enum at_metric allocating[] = { AT_METRIC_ALLOCS, AT_METRIC_REALLOCS,
                                                 AT_METRIC_BYTES, AT_METRIC_LEAKS };
    bool is_listed = false;
    for (size_t i = 0; i < sizeof allocating / sizeof allocating[0]; i++)
        is_listed |= !at_usage_is_within(&region->usage, limits, allocating[i]);
    if (is_listed && region->n_unsited)
        at_text_printf(text, "not shown: %llu allocation%s before the budget was set\n",
                       (unsigned long long) region->n_unsited, region->n_unsited == 1 ? "" : "s");
    uint64_t n = region->usage.frees - at_call_sites_count_frees(region);
    if (n && at_usage_is_above(&region->usage, limits, AT_METRIC_FREES))
        at_text_printf(text, "not shown: %llu release%s before the budget was set\n",
                       (unsigned long long) n, n == 1 ? "" : "s");
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
    add_not_shown(text, region, limits);
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
    struct at_call_sites sites = { .region = region };
    const char *reason;
    locate(&message, &sites, limits, file, line);
    add_headline(&message.text, headline);
    if (limits->error[0]) {
        at_text_printf(&message.text, "%s\n", limits->error);
    } else if (at_region_observed(region, &reason) == AT_UNOBSERVED) {
        at_text_printf(&message.text, "not observed: %s\n", reason);
    } else {
        struct at_text details = { 0 };
        add_call_sites(&details, &sites, limits);
        add_notes(&details, region, limits);
        at_usage_describe_excess(&message.text, &region->usage, limits);
        at_text_printf(&message.text, "\n%s%s",
                       details.length && details.data[0] != ' ' ? " \n" : "",
                       at_text_get(&details));
        at_text_free(&details);
    }
    at_call_sites_free(&sites);
    return message;
}
