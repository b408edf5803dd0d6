/* SPDX-License-Identifier: MIT */
/*
 * The call sites of a message, the largest first. Call sites whose stacks read the same are one.
 */
#ifndef AT_VERDICT_CALL_SITES_H
#define AT_VERDICT_CALL_SITES_H

#include <stdbool.h>

#include "base/text.h"
#include "track/region.h"

enum at_call_site_list {
    AT_CALL_SITES_ALLOCS = 0,
    AT_CALL_SITES_FREES,
    AT_CALL_SITES_LEAKS,
    AT_N_CALL_SITE_LISTS,
};

/* What the reader of printed call sites has to know too. */
struct at_call_sites_notes {
    struct at_text text; /* parts that are missing from the stacks, and why; to be freed */
    bool runtime_owned;  /* a printed call site is marked as runtime-owned */
};

/*
 * Append the call sites of one kind to `text`: ten, or all if at_messages_are_verbose(); the number
 * of the others follows. With `mark`, runtime-owned blocks are marked. Add to `*notes`. The region
 * has ended, and the caller has suspended tracking.
 */
void at_call_sites_print(struct at_text *text, const struct at_region *region,
                         enum at_call_site_list list, bool mark, struct at_call_sites_notes *notes);

/* Write only ASCII characters in messages from now on, apart from names of the user. */
void at_messages_use_ascii(void);

/* Return whether ALLOC_TRACKER_VERBOSE is set, and not to 0: messages then leave nothing out. */
bool at_messages_are_verbose(void);

#endif
