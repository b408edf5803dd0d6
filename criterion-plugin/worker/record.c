/* SPDX-License-Identifier: MIT */
/* See record.h. */
#include "worker/record.h"

#include "results/handover.h"

bool criterion_alloc_record_write(struct at_area *area, const struct criterion_alloc_record *record,
                                  struct at_region *region)
{
    bool entered = at_tracker_hold(); /* one thread at a time */
    uint64_t offset;
    struct criterion_alloc_record *stored = at_area_take(area, sizeof *stored, &offset);
    at_tracker_unhold(entered);
    if (!stored)
        return false;
    struct criterion_alloc_record whole = *record;
    whole.no_room = region && !at_handover_write(area, region, &whole.region, &whole.region_size);
    if (whole.no_room)
        whole.region_size = 0;
    stored = (void *) (area->start + (offset - area->offset)); /* the area may have moved */
    *stored = whole;
    __atomic_store_n(criterion_alloc_record_offset(area->start), offset, __ATOMIC_RELEASE);
    return true;
}
