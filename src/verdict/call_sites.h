/* SPDX-License-Identifier: MIT */
/*
 * The call sites of a message. Each metric has its own list: the sites that contribute to its
 * value, the largest first. Call sites whose stacks read the same are one.
 */
#ifndef AT_VERDICT_CALL_SITES_H
#define AT_VERDICT_CALL_SITES_H

#include <stdbool.h>

#include "base/text.h"
#include "symbols/stack_set.h"
#include "track/region.h"

/*
 * The call sites of one region, which has ended or is settled. Set `region`, and zero the other
 * members. Release it with at_call_sites_free(). The caller has suspended tracking.
 */
struct at_call_sites {
    const struct at_region *region;
    struct at_lookup known;
    struct at_stack_set stacks;
    struct at_text numbers; /* uint32_t: 1 + number of the stack of each site; 0: not looked up */
    struct at_text called;  /* struct at_trace_called: of each stack */
};

/* What the reader of printed call sites has to know too. */
struct at_call_sites_notes {
    struct at_text text;  /* parts that are missing from the stacks, and why; to be freed */
    struct at_text hints; /* those that were printed: each is printed once; to be freed */
    bool runtime_owned;   /* a printed call site is marked as runtime-owned */
};

/*
 * Append the call sites that explain a metric to `text`: ten, or all if at_messages_are_verbose();
 * the number of the others follows. For AT_METRIC_PEAK, the number of allocations at other call
 * sites follows too. Add to `*notes`.
 */
void at_call_sites_print(struct at_text *text, struct at_call_sites *sites, enum at_metric metric,
                         struct at_call_sites_notes *notes);

/* Return whether the list of `metric` prints each call site that the list of `other` prints. If
   `metric` is AT_METRIC_LIVE, the blocks must be the same too. */
bool at_call_sites_covers(struct at_call_sites *sites, enum at_metric metric, enum at_metric other);

/* Return the call site that contributes most to a metric, or the first one that contributes. Return
   NULL if no site contributes. at_call_sites_largest() also returns NULL if there is no memory. */
const struct at_call_site *at_call_sites_largest(struct at_call_sites *sites,
                                                 enum at_metric metric);
const struct at_call_site *at_call_sites_first(const struct at_call_sites *sites,
                                               enum at_metric metric);

/* Return the number of releases whose call sites the region has recorded. */
uint64_t at_call_sites_count_frees(const struct at_region *region);

void at_call_sites_free(struct at_call_sites *sites);

/* Write only ASCII characters in messages from now on, apart from names of the user. */
void at_messages_use_ascii(void);

#endif
