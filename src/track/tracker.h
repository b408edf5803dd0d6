/* SPDX-License-Identifier: MIT */
/*
 * The tracker: it records live blocks and applies each event of the malloc family to the open
 * regions.
 *
 * One lock orders all events. A thread is `busy` while it is inside the tracker. If a signal
 * handler allocates on that thread meanwhile, its event goes into a small lock-free queue, and is
 * applied when the interrupted code leaves the tracker. So no code waits for a lock that it holds
 * itself. An event that finds the queue full is counted as dropped, and makes every open region
 * incomplete.
 */
#ifndef AT_TRACK_TRACKER_H
#define AT_TRACK_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribution/site.h"
#include "track/live.h"
#include "track/thread.h"

enum at_event_kind {
    AT_EVENT_ALLOC, /* a block of `size` bytes begins at `address`; a realloc also ends `old` */
    AT_EVENT_FREE,  /* the block `old` ends */
    AT_EVENT_FAILED,
};

/* The permit of an event that a suppression excludes from every region. */
#define AT_PERMIT_EVERYWHERE UINT64_MAX

/* Is an event counted for the user's code? */
enum at_attribution {
    AT_UNATTRIBUTED = 0, /* of a release: the record of its block decides */
    AT_NOT_COUNTED,
    AT_COUNTED,
};

/* What is known of the block that an event ends. */
enum at_old_state {
    AT_OLD_NONE = 0, /* the event ends no block */
    AT_OLD_PENDING,  /* its record, if it has one, is still in the table of live blocks */
    AT_OLD_RECORDED, /* its record was removed from the table */
    AT_OLD_UNKNOWN,  /* the table had no record of it: the block is older than the tracking */
};

struct at_old_block {
    enum at_old_state state;
    struct at_block block; /* PENDING: only its address is set; RECORDED: its record */
};

struct at_event {
    enum at_event_kind kind;
    uintptr_t address;
    size_t size; /* requested bytes */
    struct at_old_block old;
    enum at_attribution attribution;
    bool lost;         /* it has no site: the table of sites was full, or it is not counted */
    uint32_t thread;   /* serial number of the calling thread */
    uint64_t sequence; /* its number in the order of all events */
    uint64_t permit;   /* number of the event before the innermost permit began; 0: no permit */
    const struct at_call_site *site; /* NULL if no region wants the stack */
};

/* Enter the tracker on this thread. Return false if the thread is inside already: the caller is a
   signal handler, and must defer its event. */
static inline bool at_tracker_enter(void)
{
    if (at_local.busy)
        return false;
    at_local.busy = at_stack_pointer();
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return true;
}

/* Apply the events that signal handlers deferred, and leave the tracker. */
void at_tracker_leave(void);

/* Leave the tracker because the code inside it will not continue: a signal handler jumped out of
   it, or the thread ended there. Every open region becomes incomplete. */
void at_tracker_abandon(void);

/* Return the number of the last event, or of the last opened region if it is higher. Never 0. */
uint64_t at_tracker_now(void);

/* Return the number of a new event. Lock held. */
uint64_t at_tracker_next(void);

/* Return true if an open region wants the stacks of this thread's allocations. */
bool at_tracker_wants_stack(const struct at_thread *self);

/* Return true if an open region wants the stacks of releases. */
bool at_tracker_wants_free_stack(void);

/* Remove the record of a block that is AT_OLD_PENDING, before its address can be returned to
   another thread. Only inside the tracker. */
void at_tracker_take(struct at_old_block *old);

/* Record a block again that at_tracker_take() removed: it is still live. */
void at_tracker_put_back(const struct at_block *block);

/*
 * Number the event and apply it, with one acquisition of the lock. `*trap` is set to true if a
 * region with a trap went over a bound.
 *
 * Return false, without applying the event, if the caller must attribute it first, which is not
 * possible with the lock held: a region that wants its stack was opened meanwhile, or a release is
 * unattributed and its block has no record. Only inside the tracker.
 */
bool at_tracker_apply(struct at_event *event, bool *trap);

/* Queue the event of a signal handler that interrupted the tracker. It gets the number of the last
   event, so it can end blocks that are recorded by now, but no later ones. */
void at_tracker_defer(struct at_event *event);

/* Record blocks from now on, without stacks, even if no region is open. */
void at_tracker_retain(void);

/* Count one event that no region sees. Every open region becomes incomplete. */
void at_tracker_drop(void);

/* Return the number of dropped events since the process started. */
uint64_t at_tracker_dropped(void);

/* Adapt the tracker to a forked child. `torn` means that another thread was changing the tables
   when the process was copied. */
void at_tracker_copied(bool torn);

/* Take the library's locks before each fork(), so that a child has consistent tables. */
void at_fork_start(void);

#endif
