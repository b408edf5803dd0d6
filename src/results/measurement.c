/* SPDX-License-Identifier: MIT */
/*
 * See measurement.h. Stacks and frames are numbered anew when they are written, so the file does
 * not depend on the order in which threads reached the call sites.
 */
#include "results/measurement.h"

#include <stdlib.h>

#include "base/json_text.h"
#include "base/pages.h"
#include "base/sort.h"
#include "results/names.h"
#include "results/usage.h"
#include "symbols/stack_set.h"
#include "symbols/trace.h"

struct totals {
    uint32_t stack;
    uint64_t count;
    uint64_t bytes;
    uint64_t min_bytes;
    uint64_t max_bytes;
    struct at_site_part at_peak;
    uint64_t leaks;
    uint64_t leaked_bytes;
};

struct collection {
    struct at_lookup known;
    struct at_stack_set stacks;
    struct at_text totals; /* struct totals, by number of stack */
    bool failed;           /* no memory */
};

/* The numbers of frames in the file, in the order in which the written stacks use them. */
struct numbering {
    uint32_t *numbers; /* by number in the set of stacks: 1 + number in the file; 0: unused */
    uint32_t n;
};

static struct totals *totals_of(const struct collection *all)
{
    return (struct totals *) (void *) all->totals.data;
}

/* Add the statistics of a call site to the totals of its stack. */
static void add_to_totals(struct collection *all, const struct at_region *region,
                          const struct at_site_stats *stats)
{
    if (at_function_releases((enum at_function) stats->site->function))
        return;
    struct at_trace trace;
    bool traced = at_trace_site(&trace, &all->known, stats->site, AT_TRACE_BRIEF);
    uint32_t stack = traced ? at_stack_set_put(&all->stacks, &trace) : AT_STACK_SET_NONE;
    struct totals fresh = { .stack = stack, .min_bytes = UINT64_MAX };
    if (stack != AT_STACK_SET_NONE && stack == all->totals.length / sizeof fresh)
        at_text_add(&all->totals, (const char *) &fresh, sizeof fresh);
    if (stack == AT_STACK_SET_NONE || all->totals.truncated) {
        all->failed = true;
        return;
    }
    struct totals *totals = &totals_of(all)[stack];
    totals->count += stats->count;
    totals->bytes += stats->bytes;
    if (stats->min_bytes < totals->min_bytes)
        totals->min_bytes = stats->min_bytes;
    if (stats->max_bytes > totals->max_bytes)
        totals->max_bytes = stats->max_bytes;
    const struct at_site_part at_peak = at_site_stats_at_peak(stats, region->n_peaks);
    totals->at_peak.count += at_peak.count;
    totals->at_peak.bytes += at_peak.bytes;
    totals->leaks += stats->leaks;
    totals->leaked_bytes += stats->leaked_bytes;
}

/* Largest first; equal sizes in the order of their stacks. */
static int by_size(const void *left, const void *right, void *arg)
{
    const struct collection *all = arg;
    const struct totals *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return at_stack_set_compare(&all->stacks, a->stack, b->stack);
}

static void add_stack(struct at_text *text, const struct collection *all, uint32_t stack,
                      struct numbering *numbering)
{
    at_json_name(text, "stack");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < at_stack_set_n_frames(&all->stacks, stack); i++) {
        uint32_t *number = &numbering->numbers[at_stack_set_frame(&all->stacks, stack, i)];
        if (*number == 0)
            *number = ++numbering->n;
        at_json_separate(text);
        at_text_add_digits(text, *number - 1);
    }
    at_text_add_string(text, "]");
}

static void add_site(struct at_text *text, const struct collection *all, const struct totals *site,
                     struct numbering *numbering)
{
    enum at_trace_end end = at_stack_set_end(&all->stacks, site->stack);
    at_json_separate(text);
    at_text_add_string(text, "{");
    at_json_member(text, "function", at_stack_set_function(&all->stacks, site->stack));
    add_stack(text, all, site->stack, numbering);
    if (end != AT_TRACE_WHOLE)
        at_json_member(text, "stack_end", at_stack_end_names[end]);
    at_json_count(text, "count", site->count);
    at_json_count(text, at_usage_name(AT_USAGE_BYTES), site->bytes);
    if (site->min_bytes <= site->max_bytes) { /* else the events were dropped */
        at_json_count(text, at_site_member_names[AT_SITE_MIN_BYTES], site->min_bytes);
        at_json_count(text, at_site_member_names[AT_SITE_MAX_BYTES], site->max_bytes);
    }
    at_json_count(text, at_site_member_names[AT_SITE_PEAK_COUNT], site->at_peak.count);
    at_json_count(text, at_site_member_names[AT_SITE_PEAK_BYTES], site->at_peak.bytes);
    at_json_count(text, at_usage_name(AT_USAGE_LEAKS), site->leaks);
    at_json_count(text, at_usage_name(AT_USAGE_LEAKED_BYTES), site->leaked_bytes);
    at_text_add_string(text, "}");
}

static void add_frames(struct at_text *text, const struct collection *all,
                       const struct numbering *numbering)
{
    size_t size = (numbering->n + 1) * sizeof(uint32_t);
    uint32_t *by_number = at_pages_new(size);
    text->truncated |= !by_number;
    at_json_name(text, "frames");
    at_text_add_string(text, "[");
    for (uint32_t i = 0; by_number && i < all->stacks.frames.n; i++)
        if (numbering->numbers[i])
            by_number[numbering->numbers[i] - 1] = i;
    for (uint32_t i = 0; by_number && i < numbering->n; i++) {
        size_t n;
        const char *frame = at_stack_set_frame_json(&all->stacks, by_number[i], &n);
        at_json_separate(text);
        at_text_add(text, frame, n);
    }
    at_text_add_string(text, "]");
    at_pages_free(by_number, size);
}

static void add_frames_and_sites(struct at_text *text, const struct collection *all)
{
    size_t size = (all->stacks.frames.n + 1) * sizeof(uint32_t);
    struct numbering numbering = { .numbers = at_pages_new(size) };
    struct at_text sites = { 0 };
    at_text_add_string(&sites, "[");
    for (uint32_t i = 0; numbering.numbers && i < at_stack_set_size(&all->stacks); i++)
        add_site(&sites, all, &totals_of(all)[i], &numbering);
    at_text_add_string(&sites, "]");
    if (numbering.numbers)
        add_frames(text, all, &numbering);
    at_json_name(text, "sites");
    at_text_add_string(text, at_text_get(&sites));
    text->truncated |= all->failed || !numbering.numbers || sites.truncated;
    at_text_free(&sites);
    at_pages_free(numbering.numbers, size);
}

void at_measurement_add(struct at_text *text, const struct at_region *region,
                        struct at_source_lines *sources)
{
    struct collection all = { .stacks.sources = sources };
    at_usage_add(text, &region->usage);
    for (size_t i = 0; i < region->site_stats.n_sites; i++)
        add_to_totals(&all, region, &region->site_stats.sites[i]);
    at_sort(all.totals.data, at_stack_set_size(&all.stacks), sizeof(struct totals), by_size, &all);
    add_frames_and_sites(text, &all);
    at_json_count(text, "dropped", region->usage.dropped);
    at_stack_set_free(&all.stacks);
    at_text_free(&all.totals);
    at_lookup_free(&all.known);
}
