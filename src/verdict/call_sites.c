/* SPDX-License-Identifier: MIT */
/* See call_sites.h. */
#include "verdict/call_sites.h"

#include <stdlib.h>
#include <string.h>

#include "attribution/runtime_owned.h"
#include "base/sort.h"
#include "symbols/stack_set.h"
#include "verdict/hints.h"

enum { N_SHOWN = 10 };

static const char *times = "×";

void at_messages_use_ascii(void)
{
    times = "x";
}

bool at_messages_are_verbose(void)
{
    const char *value = getenv("ALLOC_TRACKER_VERBOSE");
    return value && *value && strcmp(value, "0") != 0;
}

/* Call sites with equal stacks. Those whose blocks are marked as runtime-owned are a group of their
   own. */
struct group {
    const struct at_call_site *site; /* one of them; NULL: none so far */
    uint32_t stack;
    bool runtime_owned;
    uint64_t count; /* of the events or blocks in the list */
    uint64_t bytes;
    uint64_t min_bytes;
    uint64_t max_bytes;
};

struct groups {
    enum at_call_site_list list;
    struct at_lookup known;
    struct at_stack_set stacks;
    struct at_text groups; /* struct group: two for each stack, the second is runtime-owned */
    size_t n;              /* number of groups that have a call site */
    bool failed;           /* no memory */
};

static bool is_in_list(const struct at_site_stats *stats, enum at_call_site_list list)
{
    bool is_free = at_function_releases((enum at_function) stats->site->function);
    if (is_free != (list == AT_CALL_SITES_FREES))
        return false;
    return (list == AT_CALL_SITES_LEAKS ? stats->leaks : stats->count) > 0;
}

static struct group *groups_of(const struct groups *all)
{
    return (struct group *) (void *) all->groups.data;
}

/* Return the group of a call site, which is added if it is new. Return NULL without memory. */
static struct group *find_or_add_group(struct groups *all, const struct at_call_site *site,
                                       bool runtime_owned)
{
    struct at_trace trace;
    if (!at_trace_site(&trace, &all->known, site, at_messages_are_verbose()))
        return NULL;
    uint32_t stack = at_stack_set_put(&all->stacks, &trace);
    const struct group fresh[2] = {
        { .stack = stack, .min_bytes = UINT64_MAX },
        { .stack = stack, .min_bytes = UINT64_MAX, .runtime_owned = true },
    };
    if (stack != AT_STACK_SET_NONE && stack == all->groups.length / sizeof fresh)
        at_text_add(&all->groups, (const char *) fresh, sizeof fresh);
    if (stack == AT_STACK_SET_NONE || all->groups.truncated)
        return NULL;
    struct group *group = &groups_of(all)[2 * stack + runtime_owned];
    all->n += !group->site;
    group->site = site;
    return group;
}

static void add_call_site(struct groups *all, const struct at_site_stats *stats, bool mark)
{
    bool runtime_owned = mark && stats->site->runtime_owned == AT_RUNTIME_OWNED_ALWAYS;
    bool leaks = all->list == AT_CALL_SITES_LEAKS;
    struct group *group = find_or_add_group(all, stats->site, runtime_owned);
    if (!group) {
        all->failed = true;
        return;
    }
    group->count += leaks ? stats->leaks : stats->count;
    group->bytes += leaks ? stats->leaked_bytes : stats->bytes;
    if (stats->min_bytes < group->min_bytes)
        group->min_bytes = stats->min_bytes;
    if (stats->max_bytes > group->max_bytes)
        group->max_bytes = stats->max_bytes;
}

/* The largest first; groups of equal size in the order of their stacks; empty groups last. */
static int compare_by_size(const void *left, const void *right, void *arg)
{
    const struct groups *all = arg;
    const struct group *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int order = at_stack_set_compare(&all->stacks, a->stack, b->stack);
    return order ? order : (int) a->runtime_owned - (int) b->runtime_owned;
}

static void print_size(struct at_text *text, const struct groups *all, const struct group *group)
{
    const char *function = at_stack_set_function(&all->stacks, group->stack);
    bool equal = group->min_bytes == group->max_bytes;
    uint64_t bytes = equal ? group->min_bytes : group->bytes;
    at_text_add_string(text, all->list == AT_CALL_SITES_LEAKS ? "leaked: " : "");
    at_text_add_count(text, group->count);
    if (all->list == AT_CALL_SITES_FREES) {
        at_text_printf(text, " %s %s\n", times, function);
        return;
    }
    at_text_printf(text, " %s ", equal ? times : "allocations,");
    at_text_add_count(text, bytes);
    at_text_printf(text, " %s  %s%s\n", bytes == 1 ? "byte" : "bytes", function,
                   group->runtime_owned ? "  (runtime-owned)" : "");
}

static void print_group(struct at_text *text, struct groups *all, const struct group *group,
                        struct at_call_sites_notes *notes)
{
    struct at_trace trace;
    print_size(text, all, group);
    if (at_trace_site(&trace, &all->known, group->site, at_messages_are_verbose())) {
        at_trace_print(text, &trace, "  ");
        at_trace_print_notes(&notes->text, &trace, "");
    }
    const char *hint = all->list == AT_CALL_SITES_FREES
                           ? NULL
                           : at_hint_find(at_stack_set_function(&all->stacks, group->stack));
    if (hint)
        at_text_printf(text, "  hint: %s\n", hint);
    notes->runtime_owned |= group->runtime_owned;
}

static void print_groups(struct at_text *text, struct groups *all,
                         struct at_call_sites_notes *notes)
{
    at_sort(groups_of(all), all->groups.length / sizeof(struct group), sizeof(struct group),
            compare_by_size, all);
    size_t n_shown = at_messages_are_verbose() || all->n < N_SHOWN ? all->n : N_SHOWN;
    for (size_t i = 0; i < n_shown; i++)
        print_group(text, all, &groups_of(all)[i], notes);
    size_t more = all->n - n_shown;
    if (more)
        at_text_printf(text, "... and %zu more call site%s (ALLOC_TRACKER_VERBOSE=1 shows them)\n",
                       more, more == 1 ? "" : "s");
}

void at_call_sites_print(struct at_text *text, const struct at_region *region,
                         enum at_call_site_list list, bool mark, struct at_call_sites_notes *notes)
{
    struct groups all = { .list = list };
    for (size_t i = 0; i < region->site_stats.n_sites; i++)
        if (is_in_list(&region->site_stats.sites[i], list))
            add_call_site(&all, &region->site_stats.sites[i], mark);
    if (all.failed)
        at_text_add_string(text, "(no memory to show the call sites)\n");
    else
        print_groups(text, &all, notes);
    at_text_free(&all.groups);
    at_stack_set_free(&all.stacks);
    at_lookup_free(&all.known);
}
