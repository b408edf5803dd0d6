/* SPDX-License-Identifier: MIT */
/*
 * The call sites of a message: stacks that read the same are one group, the largest first.
 */
#ifndef CRITERION_ALLOC_WORKER_GROUPS_H
#define CRITERION_ALLOC_WORKER_GROUPS_H

#include "base/text.h"
#include "symbols/trace.h"
#include "track/region.h"

enum criterion_alloc_list {
    CRITERION_ALLOC_LIST_ALLOCS = 0,
    CRITERION_ALLOC_LIST_FREES,
    CRITERION_ALLOC_LIST_LEAKS,
};

struct criterion_alloc_shown {
    struct at_text notes; /* what is missing from the shown stacks, and why; to be freed */
    bool runtime_owned;   /* a site that was shown is marked as runtime-owned */
};

/*
 * Appends the sites of one kind. 10 groups at most, unless ALLOC_TRACKER_VERBOSE=1; the rest are
 * counted. With `mark`, runtime-owned blocks are marked. Sets members of `*shown`.
 */
void criterion_alloc_groups_print(struct at_text *text, const struct at_region *region,
                                  enum criterion_alloc_list list, bool mark,
                                  struct criterion_alloc_shown *shown);

/* From now on write no character beyond ASCII, apart from what is the user's. */
void criterion_alloc_groups_use_ascii(void);

/* ALLOC_TRACKER_VERBOSE=1: nothing is left out. */
bool criterion_alloc_is_verbose(void);

/* From now on show the function that Criterion makes of this test under the test's own name. */
void criterion_alloc_groups_set_test(const char *suite, const char *name);

/* A site's or another stack, resolved as by at_trace_site() and at_trace_stack(), in full also
   under ALLOC_TRACKER_VERBOSE=1, with the running test's function under the test's own name. _short
   is the same whatever the environment says. */
bool criterion_alloc_trace_site(struct at_trace *trace, struct at_lookup *known,
                                const struct at_call_site *site, bool full);
bool criterion_alloc_trace_stack(struct at_trace *trace, struct at_lookup *known,
                                 enum at_function function, const struct at_stack *stack,
                                 bool full);
bool criterion_alloc_trace_short(struct at_trace *trace, struct at_lookup *known,
                                 const struct at_call_site *site);

#endif
