/* SPDX-License-Identifier: MIT */
/*
 * The order of all steps; see replay.h. The linker wraps functions of the library that run with the
 * tracker's lock held, so the library itself does not change.
 */
#include "replay.h"

static struct at_region *recorder; /* always open: each event is applied to it */
static uint8_t *order;             /* the threads of all steps; tracker's lock */
static size_t n_order;
static __thread int self = -1; /* the thread whose steps are recorded now, or -1 */
__thread bool replay_notes_number;

void replay_record(struct at_region *region, size_t n_steps)
{
    order = replay_pages(n_steps);
    recorder = region;
}

void replay_record_thread(int thread)
{
    self = thread;
}

size_t replay_take_order(const uint8_t **threads)
{
    size_t n = n_order;
    *threads = order;
    n_order = 0;
    return n;
}

static void note_order(void)
{
    order[n_order++] = (uint8_t) self;
}

bool __real_at_region_apply(struct at_region *region, const struct at_event *event);
bool __wrap_at_region_apply(struct at_region *region, const struct at_event *event);
void __real_at_tracker_open(struct at_region *region);
void __wrap_at_tracker_open(struct at_region *region);
void __real_at_tracker_close(struct at_region *region);
void __wrap_at_tracker_close(struct at_region *region);
uint64_t __real_at_tracker_now(void);
uint64_t __wrap_at_tracker_now(void);
uint64_t __real_at_tracker_next(void);
uint64_t __wrap_at_tracker_next(void);

bool __wrap_at_region_apply(struct at_region *region, const struct at_event *event)
{
    if (region == recorder && self >= 0)
        note_order();
    return __real_at_region_apply(region, event);
}

void __wrap_at_tracker_open(struct at_region *region)
{
    if (self >= 0)
        note_order();
    __real_at_tracker_open(region);
}

void __wrap_at_tracker_close(struct at_region *region)
{
    if (self >= 0)
        note_order();
    __real_at_tracker_close(region);
}

uint64_t __wrap_at_tracker_now(void)
{
    if (replay_notes_number)
        note_order();
    return __real_at_tracker_now();
}

uint64_t __wrap_at_tracker_next(void)
{
    if (replay_notes_number)
        note_order();
    return __real_at_tracker_next();
}
