/* SPDX-License-Identifier: MIT */
/* See call_sites.h. */
#include "verdict/call_sites.h"

#include <string.h>

#include "base/sort.h"
#include "verdict/hints.h"

enum { N_SHOWN = 10 };

static const char *times = "×";

void at_messages_use_ascii(void)
{
    times = "x";
}

/* Call sites with equal stacks. In lists of live blocks, those whose blocks are runtime-owned are a
   line of their own. */
struct line {
    const struct at_call_site *site; /* one of them; NULL: none contributes to the metric */
    uint32_t stack;
    bool runtime_owned;
    struct at_site_part part;   /* of the metric */
    uint64_t n_events;          /* at the sites of this line */
    struct at_site_part absent; /* allocations at sites without a block that was live at the peak */
    uint64_t min_bytes;
    uint64_t max_bytes;
};

struct list {
    struct at_call_sites *sites;
    enum at_metric metric;
    struct at_text lines; /* struct line: two for each stack, the second is runtime-owned */
    size_t n;             /* number of lines that have a call site */
    bool failed;          /* no memory */
};

static bool counts_live_blocks(enum at_metric metric)
{
    return metric == AT_METRIC_PEAK || metric == AT_METRIC_LIVE;
}

/* Return true if the list of the metric begins with the site of the most events, false if it begins
   with the site of the most bytes. */
static bool is_by_count(enum at_metric metric)
{
    return metric == AT_METRIC_ALLOCS || metric == AT_METRIC_REALLOCS || metric == AT_METRIC_FREES;
}

/* Return the part of a call site in the value of a metric. */
static struct at_site_part part_of(const struct at_region *region,
                                   const struct at_site_stats *stats, enum at_metric metric)
{
    if (at_function_releases((enum at_function) stats->site->function)
        != (metric == AT_METRIC_FREES))
        return (struct at_site_part){ 0, 0 };
    if (metric == AT_METRIC_REALLOCS)
        return (struct at_site_part){ stats->reallocs, stats->bytes };
    if (metric == AT_METRIC_PEAK)
        return at_region_site_at_peak(region, stats);
    if (metric == AT_METRIC_LIVE)
        return (struct at_site_part){ stats->live_count, stats->live_bytes };
    if (metric == AT_METRIC_LEAKS)
        return (struct at_site_part){ stats->leaks, stats->leaked_bytes };
    return (struct at_site_part){ stats->count, stats->bytes };
}

static bool contributes(struct at_site_part part, enum at_metric metric)
{
    return (counts_live_blocks(metric) || metric == AT_METRIC_BYTES ? part.bytes : part.count) > 0;
}

/* Return what at_trace_print_entry() needs for a stack, or NULL without memory. */
static struct at_trace_called *called_of(const struct at_call_sites *sites, uint32_t stack)
{
    struct at_trace_called *called = (void *) sites->called.data;
    return stack < sites->called.length / sizeof *called ? &called[stack] : NULL;
}

static void add_called(struct at_call_sites *sites, uint32_t stack, const struct at_trace *trace)
{
    const struct at_trace_called none = { 0 };
    if (stack == at_stack_set_size(&sites->stacks) - 1 && !called_of(sites, stack))
        at_text_add(&sites->called, (const char *) &none, sizeof none);
    struct at_trace_called *called = called_of(sites, stack);
    if (called)
        at_trace_called_add(called, trace);
}

/* Return the number of the stack of the region's site `i`, or AT_STACK_SET_NONE without memory. */
static uint32_t stack_of(struct at_call_sites *sites, size_t i)
{
    const uint32_t none = 0;
    while (sites->numbers.length / sizeof none <= i && !sites->numbers.truncated)
        at_text_add(&sites->numbers, (const char *) &none, sizeof none);
    if (sites->numbers.truncated)
        return AT_STACK_SET_NONE;
    uint32_t *number = &((uint32_t *) (void *) sites->numbers.data)[i];
    struct at_trace trace;
    if (*number == 0
        && at_trace_site(&trace, &sites->known, sites->region->site_stats.sites[i].site,
                         at_messages_detail())) {
        *number = at_stack_set_put(&sites->stacks, &trace) + 1; /* 0 for AT_STACK_SET_NONE */
        if (*number)
            add_called(sites, *number - 1, &trace);
    }
    return *number - 1;
}

static struct line *lines_of(const struct list *list)
{
    return (struct line *) (void *) list->lines.data;
}

static size_t n_lines(const struct list *list)
{
    return list->lines.length / sizeof(struct line);
}

/* Return the line of the region's site `i`, which is added if it is missing. Return NULL without
   memory. */
static struct line *find_or_add_line(struct list *list, size_t i)
{
    const struct at_region *region = list->sites->region;
    uint32_t stack = stack_of(list->sites, i);
    if (stack == AT_STACK_SET_NONE)
        return NULL;
    bool owned = counts_live_blocks(list->metric)
                 && at_region_site_is_runtime_owned(&region->site_stats.sites[i], list->metric);
    size_t wanted = 2 * (size_t) stack + owned;
    while (n_lines(list) <= wanted && !list->lines.truncated) {
        const struct line fresh = {
            .stack = (uint32_t) (n_lines(list) / 2),
            .runtime_owned = n_lines(list) % 2 != 0,
            .min_bytes = UINT64_MAX,
        };
        at_text_add(&list->lines, (const char *) &fresh, sizeof fresh);
    }
    return list->lines.truncated ? NULL : &lines_of(list)[wanted];
}

static void add_part(struct at_site_part *sum, struct at_site_part part)
{
    sum->count += part.count;
    sum->bytes += part.bytes;
}

static void add_site(struct list *list, size_t i)
{
    const struct at_site_stats *stats = &list->sites->region->site_stats.sites[i];
    struct at_site_part part = part_of(list->sites->region, stats, list->metric);
    bool listed = contributes(part, list->metric);
    bool absent = list->metric == AT_METRIC_PEAK && part.count == 0
                  && !at_function_releases((enum at_function) stats->site->function);
    if (!listed && !absent)
        return;
    struct line *line = find_or_add_line(list, i);
    if (!line) {
        list->failed = true;
        return;
    }
    if (absent) {
        add_part(&line->absent, (struct at_site_part){ stats->count, stats->bytes });
        return;
    }
    list->n += !line->site;
    line->site = stats->site;
    add_part(&line->part, part);
    line->n_events += stats->count;
    if (stats->min_bytes < line->min_bytes)
        line->min_bytes = stats->min_bytes;
    if (stats->max_bytes > line->max_bytes)
        line->max_bytes = stats->max_bytes;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a == b ? 0 : a > b ? -1 : 1;
}

/* The largest first; equal lines in the order of their stacks; empty lines last. */
static int compare_by_size(const void *left, const void *right, void *arg)
{
    const struct list *list = arg;
    const struct line *a = left, *b = right;
    int by_count = compare_numbers(a->part.count, b->part.count);
    int by_bytes = compare_numbers(a->part.bytes, b->part.bytes);
    bool count_first = is_by_count(list->metric);
    int order = count_first ? by_count : by_bytes;
    if (order == 0)
        order = count_first ? by_bytes : by_count;
    if (order == 0)
        order = at_stack_set_compare(&list->sites->stacks, a->stack, b->stack);
    return order ? order : (int) a->runtime_owned - (int) b->runtime_owned;
}

/* Return the list of a metric. Free its member `lines`. */
static struct list make_list(struct at_call_sites *sites, enum at_metric metric)
{
    struct list list = { .sites = sites, .metric = metric };
    for (size_t i = 0; i < sites->region->site_stats.n_sites; i++)
        add_site(&list, i);
    if (!list.failed)
        at_sort(lines_of(&list), n_lines(&list), sizeof(struct line), compare_by_size, &list);
    return list;
}

static size_t n_printed(const struct list *list)
{
    return at_messages_are_verbose() || list->n < N_SHOWN ? list->n : N_SHOWN;
}

/* Append the function that the call sites of a line called. `trace` is that of one, or NULL. */
static void print_function(struct at_text *text, const struct list *list, const struct line *line,
                           const struct at_trace *trace)
{
    if (trace)
        at_trace_print_entry(text, trace, called_of(list->sites, line->stack));
    else
        at_text_add_string(text, at_stack_set_function(&list->sites->stacks, line->stack));
    at_text_add_string(text, line->runtime_owned ? "  (runtime-owned)\n" : "\n");
}

static void print_size(struct at_text *text, const struct list *list, const struct line *line,
                       const struct at_trace *trace)
{
    static const char *const states[AT_N_METRICS] = {
        [AT_METRIC_PEAK] = " live at the peak",
        [AT_METRIC_LIVE] = " live at the end",
    };
    enum at_metric metric = list->metric;
    bool equal = line->min_bytes == line->max_bytes || line->part.count == 1;
    uint64_t bytes = equal ? line->part.bytes / line->part.count : line->part.bytes;
    bool blocks = counts_live_blocks(metric) || metric == AT_METRIC_LEAKS;
    at_text_add_string(text, metric == AT_METRIC_LEAKS ? "leaked: " : "");
    at_text_add_count(text, line->part.count);
    if (metric == AT_METRIC_FREES
        || (metric == AT_METRIC_REALLOCS && line->part.count < line->n_events)) {
        at_text_printf(text, " %s ", times);
        print_function(text, list, line, trace);
        return;
    }
    at_text_printf(text, " %s ", equal ? times : blocks ? "blocks," : "allocations,");
    at_text_add_count(text, bytes);
    at_text_printf(text, " %s%s  ", bytes == 1 ? "byte" : "bytes",
                   states[metric] ? states[metric] : "");
    print_function(text, list, line, trace);
}

static void print_line(struct at_text *text, const struct list *list, const struct line *line,
                       struct at_call_sites_notes *notes)
{
    struct at_trace trace;
    bool traced = at_trace_site(&trace, &list->sites->known, line->site, at_messages_detail());
    print_size(text, list, line, traced ? &trace : NULL);
    const struct at_trace_called *called = called_of(list->sites, line->stack);
    if (traced) {
        trace.recursive |= called ? called->recursive : 0;
        at_trace_print(text, &trace, "  ");
        at_trace_print_notes(&notes->text, &trace, "");
    }
    const char *function = at_stack_set_function(&list->sites->stacks, line->stack);
    const char *hint =
        list->metric == AT_METRIC_FREES ? NULL : at_hint_find(line->site, function, list->metric);
    if (hint && !strstr(at_text_get(&notes->hints), hint)) {
        at_text_printf(text, "  hint: %s\n", hint);
        at_text_add_string(&notes->hints, hint);
    }
    notes->runtime_owned |= line->runtime_owned;
}

/* Append how many allocations happened at call sites that had no live block at the peak. */
static void print_absent(struct at_text *text, const struct list *list)
{
    struct at_site_part sum = { 0, 0 };
    size_t n = 0;
    for (size_t i = 0; i < n_lines(list); i++) {
        const struct line *line = &lines_of(list)[i];
        if (line->site || line->absent.count == 0)
            continue;
        add_part(&sum, line->absent);
        n++;
    }
    if (n == 0)
        return;
    at_text_add_count(text, sum.count);
    at_text_printf(text, " allocation%s (", sum.count == 1 ? "" : "s");
    at_text_add_count(text, sum.bytes);
    at_text_printf(text, " byte%s) at %zu other call site%s %s not live at the peak\n",
                   sum.bytes == 1 ? "" : "s", n, n == 1 ? "" : "s",
                   sum.count == 1 ? "was" : "were");
}

/* Append the number of call sites from line `first` on, and their part of the metric. */
static void print_more(struct at_text *text, const struct list *list, size_t first)
{
    struct at_site_part sum = { 0, 0 };
    for (size_t i = first; i < list->n; i++)
        add_part(&sum, lines_of(list)[i].part);
    bool blocks = counts_live_blocks(list->metric) || list->metric == AT_METRIC_LEAKS;
    bool frees = list->metric == AT_METRIC_FREES;
    bool reallocs = list->metric == AT_METRIC_REALLOCS; /* the bytes include other allocations */
    at_text_printf(text, "... and %zu more call site%s: ", list->n - first,
                   list->n - first == 1 ? "" : "s");
    at_text_add_count(text, sum.count);
    at_text_printf(text, " %s%s",
                   blocks     ? "block"
                   : frees    ? "free"
                   : reallocs ? "reallocation"
                              : "allocation",
                   sum.count == 1 ? "" : "s");
    if (!frees && !reallocs) {
        at_text_add_string(text, ", ");
        at_text_add_count(text, sum.bytes);
        at_text_add_string(text, sum.bytes == 1 ? " byte" : " bytes");
    }
    at_text_add_string(text, " (ALLOC_TRACKER_VERBOSE=1 shows them)\n");
}

void at_call_sites_print(struct at_text *text, struct at_call_sites *sites, enum at_metric metric,
                         struct at_call_sites_notes *notes)
{
    struct list list = make_list(sites, metric);
    size_t n = n_printed(&list);
    for (size_t i = 0; i < n && !list.failed; i++)
        print_line(text, &list, &lines_of(&list)[i], notes);
    if (list.failed)
        at_text_add_string(text, "(no memory to show the call sites)\n");
    else if (n < list.n)
        print_more(text, &list, n);
    if (!list.failed)
        print_absent(text, &list);
    at_text_free(&list.lines);
}

/* Return whether the list prints the stack of the line; for live blocks, also with the same part.
 */
static bool is_printed(const struct list *list, const struct line *line)
{
    for (size_t i = 0; i < n_printed(list); i++) {
        const struct line *printed = &lines_of(list)[i];
        bool same_part = !printed->runtime_owned && printed->part.count == line->part.count
                         && printed->part.bytes == line->part.bytes;
        if (printed->stack == line->stack && (same_part || !counts_live_blocks(list->metric)))
            return true;
    }
    return false;
}

bool at_call_sites_covers(struct at_call_sites *sites, enum at_metric metric, enum at_metric other)
{
    struct list list = make_list(sites, metric);
    struct list rest = make_list(sites, other);
    bool covers = true;
    for (size_t i = 0; i < n_printed(&rest) && covers; i++)
        covers = is_printed(&list, &lines_of(&rest)[i]);
    at_text_free(&list.lines);
    at_text_free(&rest.lines);
    return covers;
}

const struct at_call_site *at_call_sites_largest(struct at_call_sites *sites, enum at_metric metric)
{
    struct list list = make_list(sites, metric);
    const struct at_call_site *largest = list.n && !list.failed ? lines_of(&list)[0].site : NULL;
    at_text_free(&list.lines);
    return largest;
}

const struct at_call_site *at_call_sites_first(const struct at_call_sites *sites,
                                               enum at_metric metric)
{
    for (size_t i = 0; i < sites->region->site_stats.n_sites; i++) {
        const struct at_site_stats *stats = &sites->region->site_stats.sites[i];
        if (contributes(part_of(sites->region, stats, metric), metric))
            return stats->site;
    }
    return NULL;
}

uint64_t at_call_sites_count_frees(const struct at_region *region)
{
    uint64_t n = 0;
    for (size_t i = 0; i < region->site_stats.n_sites; i++)
        n += part_of(region, &region->site_stats.sites[i], AT_METRIC_FREES).count;
    return n;
}

void at_call_sites_free(struct at_call_sites *sites)
{
    at_text_free(&sites->numbers);
    at_text_free(&sites->called);
    at_stack_set_free(&sites->stacks);
    at_lookup_free(&sites->known);
}
