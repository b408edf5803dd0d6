/* SPDX-License-Identifier: MIT */
/*
 * See measurement.h. A frame is known by its JSON, a site by its function and the numbers of its
 * frames; both are numbered anew when they are written, so that the order in which threads came
 * first does not show.
 */
#include "results/measurement.h"

#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "base/json_text.h"
#include "base/pages.h"
#include "base/sort.h"
#include "results/names.h"
#include "results/usage.h"

struct totals {
    uint32_t site;
    enum at_trace_end end;
    uint64_t count;
    uint64_t bytes;
    uint64_t leaks;
    uint64_t leaked_bytes;
};

struct collection {
    struct at_intern frames; /* each a JSON object */
    struct at_intern sites;  /* each the function's name, NUL, numbers of frames, how it ends */
    struct at_text totals;   /* struct totals, by number of site */
    struct at_text text;     /* of the frame or site that is being put */
    struct at_lookup known;
    bool failed; /* no memory */
};

static struct totals *totals_of(const struct collection *all)
{
    return (struct totals *) (void *) all->totals.data;
}

bool at_measurement_trace(struct at_trace *trace, struct at_lookup *known,
                          const struct at_call_site *site)
{
    return at_trace_site(trace, known, site, false);
}

/* The frame's number; AT_INTERN_NONE without memory. */
static uint32_t put_frame(struct collection *all, struct at_trace_row *row)
{
    if (row->number)
        return row->number - 1;
    struct at_text *text = &all->text;
    text->length = 0;
    at_text_add_string(text, "{");
    if (row->function[0])
        at_json_member(text, "function", row->function);
    if (row->line > 0) {
        at_json_member(text, "file", row->file);
        at_json_integer(text, "line", row->line);
    } else {
        if (row->module[0])
            at_json_member(text, "module", row->module);
        at_json_count(text, "offset", row->offset);
    }
    at_text_add_string(text, "}");
    if (text->truncated)
        return AT_INTERN_NONE;
    uint32_t number = at_intern_put(&all->frames, text->data, text->length);
    row->number = number + 1; /* 0 for AT_INTERN_NONE */
    return number;
}

static enum at_trace_end end_of(const struct at_trace *trace)
{
    return trace->n_more ? AT_TRACE_CUT : trace->end;
}

/* The site's number; AT_INTERN_NONE without memory. */
static uint32_t put_site(struct collection *all, const struct at_trace *trace)
{
    uint32_t frames[AT_TRACE_ROWS + 1];
    bool fits = true;
    for (size_t i = 0; i < trace->n_rows; i++) {
        frames[i] = put_frame(all, trace->rows[i]);
        fits &= frames[i] != AT_INTERN_NONE;
    }
    frames[trace->n_rows] = end_of(trace);
    struct at_text *key = &all->text;
    key->length = 0;
    at_text_add(key, trace->entry, strlen(trace->entry) + 1);
    at_text_add(key, (const char *) frames, (trace->n_rows + 1) * sizeof frames[0]);
    return fits && !key->truncated ? at_intern_put(&all->sites, key->data, key->length)
                                   : AT_INTERN_NONE;
}

static void collect(struct collection *all, const struct at_site_stats *entry,
                    at_measurement_tracer *trace_of)
{
    if (at_function_releases((enum at_function) entry->site->function))
        return;
    struct at_trace trace;
    bool traced = trace_of(&trace, &all->known, entry->site);
    uint32_t number = traced ? put_site(all, &trace) : AT_INTERN_NONE;
    struct totals fresh = { .site = number, .end = end_of(&trace) };
    if (number != AT_INTERN_NONE && number == all->totals.length / sizeof fresh)
        at_text_add(&all->totals, (const char *) &fresh, sizeof fresh);
    if (number == AT_INTERN_NONE || all->totals.truncated) {
        all->failed = true;
        return;
    }
    struct totals *totals = &totals_of(all)[number];
    totals->count += entry->count;
    totals->bytes += entry->bytes;
    totals->leaks += entry->leaks;
    totals->leaked_bytes += entry->leaked_bytes;
}

/* The frames of a site: how many, and the number of the `i`th. */
static size_t n_frames(const struct collection *all, uint32_t site)
{
    size_t n;
    const char *key = at_intern_get(&all->sites, site, &n);
    return (n - strlen(key) - 1) / sizeof(uint32_t) - 1;
}

static uint32_t frame_at(const struct collection *all, uint32_t site, size_t i)
{
    size_t n;
    const char *key = at_intern_get(&all->sites, site, &n);
    uint32_t frame;
    memcpy(&frame, key + strlen(key) + 1 + i * sizeof frame, sizeof frame);
    return frame;
}

static const char *function_of(const struct collection *all, uint32_t site)
{
    size_t n;
    return at_intern_get(&all->sites, site, &n);
}

static int compare_frames(const struct collection *all, uint32_t a, uint32_t b)
{
    size_t n_a, n_b;
    const char *text_a = at_intern_get(&all->frames, a, &n_a);
    const char *text_b = at_intern_get(&all->frames, b, &n_b);
    int order = memcmp(text_a, text_b, n_a < n_b ? n_a : n_b);
    return order ? order : (n_a > n_b) - (n_a < n_b);
}

static int compare_stacks(const struct collection *all, uint32_t a, uint32_t b)
{
    size_t n_a = n_frames(all, a), n_b = n_frames(all, b);
    for (size_t i = 0; i < n_a && i < n_b; i++) {
        int order = compare_frames(all, frame_at(all, a, i), frame_at(all, b, i));
        if (order)
            return order;
    }
    return (n_a > n_b) - (n_a < n_b);
}

/* Largest first; what is equal in size, by what it reads. */
static int by_size(const void *left, const void *right, void *arg)
{
    const struct collection *all = arg;
    const struct totals *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int order = strcmp(function_of(all, a->site), function_of(all, b->site));
    if (order == 0)
        order = compare_stacks(all, a->site, b->site);
    return order ? order : (int) a->end - (int) b->end;
}

static void add_stack(struct at_text *text, const struct collection *all, uint32_t site,
                      uint32_t *new_numbers, uint32_t *n_used)
{
    at_json_name(text, "stack");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < n_frames(all, site); i++) {
        uint32_t *number = &new_numbers[frame_at(all, site, i)];
        if (*number == 0)
            *number = ++*n_used;
        at_json_separate(text);
        at_text_add_digits(text, *number - 1);
    }
    at_text_add_string(text, "]");
}

static void add_site(struct at_text *text, const struct collection *all, const struct totals *site,
                     uint32_t *new_numbers, uint32_t *n_used)
{
    at_json_separate(text);
    at_text_add_string(text, "{");
    at_json_member(text, "function", function_of(all, site->site));
    add_stack(text, all, site->site, new_numbers, n_used);
    if (site->end != AT_TRACE_WHOLE)
        at_json_member(text, "stack_end", at_stack_end_names[site->end]);
    at_json_count(text, "count", site->count);
    at_json_count(text, at_usage_name(AT_USAGE_BYTES), site->bytes);
    at_json_count(text, at_usage_name(AT_USAGE_LEAKS), site->leaks);
    at_json_count(text, at_usage_name(AT_USAGE_LEAKED_BYTES), site->leaked_bytes);
    at_text_add_string(text, "}");
}

static void add_frames(struct at_text *text, const struct collection *all,
                       const uint32_t *new_numbers, uint32_t n_used)
{
    uint32_t *by_number = at_pages_new((n_used + 1) * sizeof *by_number);
    text->truncated |= !by_number;
    at_json_name(text, "frames");
    at_text_add_string(text, "[");
    for (uint32_t i = 0; by_number && i < all->frames.n; i++)
        if (new_numbers[i])
            by_number[new_numbers[i] - 1] = i;
    for (uint32_t i = 0; by_number && i < n_used; i++) {
        size_t n;
        const char *frame = at_intern_get(&all->frames, by_number[i], &n);
        at_json_separate(text);
        at_text_add(text, frame, n);
    }
    at_text_add_string(text, "]");
    at_pages_free(by_number, (n_used + 1) * sizeof *by_number);
}

static void add_all(struct at_text *text, const struct collection *all)
{
    size_t size = (all->frames.n + 1) * sizeof(uint32_t);
    uint32_t *new_numbers = at_pages_new(size);
    struct at_text sites = { 0 };
    uint32_t n_used = 0;
    at_text_add_string(&sites, "[");
    for (uint32_t i = 0; new_numbers && i < all->sites.n; i++)
        add_site(&sites, all, &totals_of(all)[i], new_numbers, &n_used);
    at_text_add_string(&sites, "]");
    if (new_numbers)
        add_frames(text, all, new_numbers, n_used);
    at_json_name(text, "sites");
    at_text_add_string(text, at_text_get(&sites));
    text->truncated |= all->failed || !new_numbers || sites.truncated;
    at_text_free(&sites);
    at_pages_free(new_numbers, size);
}

void at_measurement_add(struct at_text *text, const struct at_region *region,
                        at_measurement_tracer *trace)
{
    struct collection all = { 0 };
    at_usage_add(text, &region->usage);
    for (size_t i = 0; i < region->site_stats.n_sites; i++)
        collect(&all, &region->site_stats.sites[i], trace);
    at_sort(all.totals.data, all.sites.n, sizeof(struct totals), by_size, &all);
    add_all(text, &all);
    at_json_count(text, "dropped", region->usage.dropped);
    at_intern_free(&all.frames);
    at_intern_free(&all.sites);
    at_text_free(&all.totals);
    at_text_free(&all.text);
    at_lookup_free(&all.known);
}
