/* SPDX-License-Identifier: MIT */
/* at_region_prepare() of region.h: it allocates memory before it is needed. */
#include "attribution/site.h"
#include "track/live.h"
#include "track/region.h"
#include "track/thread.h"

/* Record a block and remove it. Its address is on the stack, so malloc cannot return it. */
static void prepare_live(void)
{
    struct at_block block = { .address = (uintptr_t) &block }, replaced;
    struct at_block *slot = at_live_put(block.address, &replaced);
    if (!slot)
        return;
    *slot = block;
    at_live_take(block.address, UINT64_MAX, &replaced);
}

__attribute__((noinline)) void at_region_prepare(struct at_region *region)
{
    bool entered = at_tracker_enter();
    if (!entered)
        return;
    at_site_capture(at_thread_stack_cache(at_thread_get()), AT_MALLOC, __builtin_return_address(0));
    at_tracker_leave();
    entered = at_tracker_hold();
    at_site_stats_table_prepare(&region->site_stats);
    prepare_live();
    at_tracker_unhold(entered);
}
