/* SPDX-License-Identifier: MIT */
/* See groups.h. Runs after the region has ended, with tracking suspended. */
#define _GNU_SOURCE
#include "worker/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "attribution/runtime_owned.h"
#include "base/pages.h"
#include "results/measurement.h"
#include "worker/hints.h"

enum { MAX_GROUPS = 256, SHOWN = 10 };

struct group {
    struct at_text stack; /* rendered: equal text, equal group */
    char entry[256];
    uint64_t count;
    uint64_t bytes;
    uint64_t min_bytes;
    uint64_t max_bytes;
    struct at_text notes; /* see at_trace_print_notes() */
    bool runtime_owned;
};

struct groups {
    struct at_lookup known;
    bool mark; /* runtime-owned blocks are marked */
    size_t n;
    size_t n_more; /* sites that were not looked at */
    struct group at[MAX_GROUPS];
};

bool criterion_alloc_is_verbose(void)
{
    const char *value = getenv("ALLOC_TRACKER_VERBOSE");
    return value && *value && strcmp(value, "0") != 0;
}

/* "ring_push_pop_impl", the function that Criterion makes of Test(ring, push_pop), is push_pop. */
void criterion_alloc_groups_set_test(const char *suite, const char *name)
{
    static const char *const endings[AT_ALIASES] = { "impl", "theory" };
    char function[512];
    for (size_t i = 0; i < AT_ALIASES; i++) {
        snprintf(function, sizeof function, "%s_%s_%s", suite, name, endings[i]);
        at_symbolize_rename(i, function, name);
    }
}

bool criterion_alloc_trace_stack(struct at_trace *trace, struct at_lookup *known,
                                 enum at_function function, const struct at_stack *stack, bool full)
{
    return at_trace_stack(trace, known, function, stack, full || criterion_alloc_is_verbose());
}

bool criterion_alloc_trace_short(struct at_trace *trace, struct at_lookup *known,
                                 const struct at_call_site *site)
{
    return at_trace_site(trace, known, site, false);
}

bool criterion_alloc_trace_site(struct at_trace *trace, struct at_lookup *known,
                                const struct at_call_site *site, bool full)
{
    return at_trace_site(trace, known, site, full || criterion_alloc_is_verbose());
}

/* The entry's share of the list: false if it has none. */
static bool select_figures(const struct at_site_stats *entry, enum criterion_alloc_list list,
                           struct group *group)
{
    bool is_free = at_function_releases((enum at_function) entry->site->function);
    if (is_free != (list == CRITERION_ALLOC_LIST_FREES))
        return false;
    bool leaks = list == CRITERION_ALLOC_LIST_LEAKS;
    group->count = leaks ? entry->leaks : entry->count;
    group->bytes = leaks ? entry->leaked_bytes : entry->bytes;
    group->min_bytes = entry->min_bytes;
    group->max_bytes = entry->max_bytes;
    return group->count > 0;
}

static void merge(struct group *into, const struct group *from)
{
    into->count += from->count;
    into->bytes += from->bytes;
    if (from->min_bytes < into->min_bytes)
        into->min_bytes = from->min_bytes;
    if (from->max_bytes > into->max_bytes)
        into->max_bytes = from->max_bytes;
}

static bool same_stack(const struct group *a, const struct group *b)
{
    return strcmp(a->entry, b->entry) == 0
           && strcmp(at_text_get(&a->stack), at_text_get(&b->stack)) == 0
           && a->runtime_owned == b->runtime_owned;
}

static void add(struct groups *groups, const struct at_call_site *site, struct group *group)
{
    struct at_trace trace;
    if (criterion_alloc_trace_site(&trace, &groups->known, site, false)) {
        at_trace_print(&group->stack, &trace, "  ");
        snprintf(group->entry, sizeof group->entry, "%s", trace.entry);
        at_trace_print_notes(&group->notes, &trace, "");
    }
    group->runtime_owned = groups->mark && site->runtime_owned == AT_RUNTIME_OWNED_ALWAYS;
    for (size_t i = 0; i < groups->n; i++) {
        if (same_stack(&groups->at[i], group)) {
            merge(&groups->at[i], group);
            at_text_free(&group->stack);
            at_text_free(&group->notes);
            return;
        }
    }
    groups->at[groups->n++] = *group;
}

static int by_size(const void *left, const void *right)
{
    const struct group *a = left;
    const struct group *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int order = strcmp(at_text_get(&a->stack), at_text_get(&b->stack));
    return order ? order : strcmp(a->entry, b->entry);
}

static const char *times = "×";

void criterion_alloc_groups_use_ascii(void)
{
    times = "x";
}

static void print_head(struct at_text *text, const struct group *group,
                       enum criterion_alloc_list list)
{
    at_text_add_string(text, list == CRITERION_ALLOC_LIST_LEAKS ? "leaked: " : "");
    bool equal = group->min_bytes == group->max_bytes;
    at_text_add_count(text, group->count);
    if (list == CRITERION_ALLOC_LIST_FREES) {
        at_text_printf(text, " %s %s\n", times, group->entry);
        return;
    }
    at_text_printf(text, " %s ", equal ? times : "allocations,");
    at_text_add_count(text, equal ? group->min_bytes : group->bytes);
    bool one = (equal ? group->min_bytes : group->bytes) == 1;
    at_text_printf(text, " %s  %s%s\n", one ? "byte" : "bytes", group->entry,
                   group->runtime_owned ? "  (runtime-owned)" : "");
}

/* Adds the lines of a group's notes that are not there yet. */
static void add_notes(struct at_text *notes, const char *lines)
{
    while (*lines) {
        size_t n = strcspn(lines, "\n") + 1;
        if (!memmem(at_text_get(notes), notes->length, lines, n))
            at_text_add(notes, lines, n);
        lines += n;
    }
}

static void print_groups(struct at_text *text, struct groups *groups,
                         enum criterion_alloc_list list, struct criterion_alloc_shown *said)
{
    qsort(groups->at, groups->n, sizeof groups->at[0], by_size);
    bool all = criterion_alloc_is_verbose();
    size_t shown = all || groups->n < SHOWN ? groups->n : SHOWN;
    for (size_t i = 0; i < shown; i++) {
        print_head(text, &groups->at[i], list);
        at_text_add_string(text, at_text_get(&groups->at[i].stack));
        const char *hint =
            list == CRITERION_ALLOC_LIST_FREES ? NULL : criterion_alloc_hint(groups->at[i].entry);
        if (hint)
            at_text_printf(text, "  hint: %s\n", hint);
        add_notes(&said->notes, at_text_get(&groups->at[i].notes));
        said->runtime_owned |= groups->at[i].runtime_owned;
    }
    size_t more = groups->n - shown + groups->n_more;
    if (more)
        at_text_printf(text, "... and %zu more site%s%s\n", more, more == 1 ? "" : "s",
                       all ? "" : " (ALLOC_TRACKER_VERBOSE=1 shows them)");
}

void criterion_alloc_groups_print(struct at_text *text, const struct at_region *region,
                                  enum criterion_alloc_list list, bool mark,
                                  struct criterion_alloc_shown *shown)
{
    struct groups *groups = at_pages_new(sizeof *groups);
    if (!groups) {
        at_text_add_string(text, "(no memory to show the call sites)\n");
        return;
    }
    groups->mark = mark;
    for (size_t i = 0; i < region->site_stats.n_sites; i++) {
        const struct at_site_stats *entry = &region->site_stats.sites[i];
        struct group group = { 0 };
        if (!select_figures(entry, list, &group))
            continue;
        if (groups->n == MAX_GROUPS)
            groups->n_more++;
        else
            add(groups, entry->site, &group);
    }
    print_groups(text, groups, list, shown);
    for (size_t i = 0; i < groups->n; i++) {
        at_text_free(&groups->at[i].stack);
        at_text_free(&groups->at[i].notes);
    }
    at_lookup_free(&groups->known);
    at_pages_free(groups, sizeof *groups);
}
