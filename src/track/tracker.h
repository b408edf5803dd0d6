/* SPDX-License-Identifier: MIT */
/*
 * The tracker: what the interposed functions tell, and what open regions make of it.
 *
 * One lock orders all events. A thread is `busy` while it is in here; if a signal handler allocates
 * on that thread meanwhile, its event is put in a small lock-free queue and applied when the
 * interrupted code leaves, so no lock is ever wanted by the code that holds it. An event that finds
 * the queue full is counted as dropped, and every region open then knows.
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
    AT_EVENT_ALLOC, /* `address` of `size` bytes came into being; a realloc also ends `old` */
    AT_EVENT_FREE,  /* the block `old` ended */
    AT_EVENT_FAILED,
};

/* The permit of what a suppression takes out of every region. */
#define AT_PERMIT_EVERYWHERE UINT64_MAX

/* Is an event counted for the user's code? */
enum at_attribution {
    AT_UNATTRIBUTED = 0, /* a release: the record of its block decides */
    AT_NOT_COUNTED,
    AT_COUNTED,
};

/* What is known of the block that an event ends. */
enum at_old_state {
    AT_OLD_NONE = 0, /* the event ends no block */
    AT_OLD_PENDING,  /* its record, if it has one, is still in the table of live blocks */
    AT_OLD_RECORDED, /* its record was removed from the table */
    AT_OLD_UNKNOWN,  /* the table had no record of it: it is older than the tracking */
};

struct at_old_block {
    enum at_old_state state;
    struct at_block block; /* PENDING: only its address is set; RECORDED: its record */
};

struct at_event {
    enum at_event_kind kind;
    uintptr_t address;
    size_t size;
    struct at_old_block old;
    enum at_attribution attribution;
    bool lost; /* it has no site: the table of sites was full, or the event is not counted */
    uint32_t thread;
    uint64_t sequence;
    uint64_t permit; /* the sequence at which its thread's innermost permit began; 0: none */
    const struct at_call_site *site; /* NULL where nobody wants the stack */
};

/* Enters the tracker on this thread; false when it is there already (a signal handler). */
static inline bool at_tracker_enter(void)
{
    if (at_local.busy)
        return false;
    at_local.busy = at_stack_pointer();
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return true;
}

/* Applies what signal handlers left meanwhile, and leaves. */
void at_tracker_leave(void);

/* A signal handler that interrupted the tracker jumped, or the thread ended there: leaves it, and
   every open region is incomplete. */
void at_tracker_abandon(void);

/* The number of the last event that was applied, or region that was opened; never 0. */
uint64_t at_tracker_now(void);

/* Does any open region want the stacks of this thread's allocations, or of releases? */
bool at_tracker_wants_stack(const struct at_thread *self);
bool at_tracker_wants_free_stack(void);

/* Removes the record of a block before its address can be used again. In the tracker only. */
void at_tracker_take(struct at_old_block *old);

/* Undoes a take: the block lives on at its address. */
void at_tracker_put_back(const struct at_block *block);

/* Numbers an event and applies it; `*trap` tells whether some region with a trap went over a bound
   by it. False, and nothing is done, where a region has begun meanwhile that wants its stack. */
bool at_tracker_apply(struct at_event *event, bool *trap);

/* From a signal handler that interrupted the tracker. The event gets the number of the last one: it
   is no older than what was recorded by now, and older than what will be. */
void at_tracker_defer(struct at_event *event);

/* From here on blocks are recorded, without stacks, whether a region is open or not. */
void at_tracker_retain(void);

/* What the self-probe found, or what came to be later: NULL if allocations arrive here, else why
   they do not. */
void at_tracker_set_probed(const char *reason);

/* Call `ask` when somebody asks whether allocations arrive. It may call at_tracker_set_probed(),
   and ends this with NULL. Threads may call it at the same time. */
void at_tracker_set_question(void (*ask)(void));

/* As at_is_observable(), for a region that ends or is read: a trial without an outcome is repeated
   until there is one, since nobody may ask later. */
bool at_tracker_is_observed(const char **reason);

/* What is known without asking that: NULL, or why allocations do not arrive. */
const char *at_tracker_probed(void);

/* This is a forked child; `torn` if another thread's writing to the tables was cut off. */
void at_tracker_copied(bool torn);

/* Makes fork() safe: the child gets unlocked, consistent data. */
void at_fork_start(void);

#endif
