/* SPDX-License-Identifier: MIT */
/*
 * The records of a thread's scope guards, innermost last, in `at_local.guards`. Only
 * scope_guards.c and scope_guards_live.c use them.
 */
#ifndef AT_GUARD_GUARD_RECORD_H
#define AT_GUARD_GUARD_RECORD_H

#include "guard/scope_guards.h"
#include "track/thread.h"
#include "unwind/activation.h"

struct at_guard_record {
    const struct at_scope_guard_type *type;
    uint64_t id;
    uint64_t begun; /* number of the event before the scope guard began */
    const struct at_scope_guard *guard;
    struct at_activation frame; /* the call that the guard is in; `end` is 0 if it is unknown */
    uintptr_t stack_pointer;
    bool thrown; /* an exception in flight was thrown from within the frame */
    bool left;   /* the frame was left, and `left` is yet to be called */
    _Alignas(16) unsigned char data[AT_GUARD_DATA_BYTES];
};

/* The frame is gone: remove the record, or stop the scope guard if it has a `left` function. */
void at_guard_record_mark_left(uint32_t index);

/* Return true if `activation` is the call in whose frame the scope guard is. If the guard's memory
   is inside that frame, it may be read, and shows whether a later call of the same function uses
   the frame now. */
static inline bool at_guard_record_is_in(const struct at_guard_record *record,
                                         const struct at_activation *activation)
{
    return record->frame.end == activation->end
           && record->frame.return_address == activation->return_address
           && (!at_activation_contains(activation, (uintptr_t) record->guard)
               || record->guard->id == record->id);
}

#endif
