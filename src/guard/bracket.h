/* SPDX-License-Identifier: MIT */
/*
 * The records of guard/scope_guards.h, innermost last, for the two files that keep them.
 */
#ifndef AT_GUARD_BRACKET_H
#define AT_GUARD_BRACKET_H

#include "guard/scope_guards.h"
#include "track/thread.h"
#include "unwind/activation.h"

struct at_bracket {
    const struct at_bracket_type *type;
    uint64_t id;
    uint64_t begun; /* number of the event before it */
    const struct at_scope_guard *guard;
    struct at_activation frame; /* `end` is 0 where it is not known */
    uintptr_t stack_pointer;
    bool thrown; /* the exception that is on its way was thrown from within */
    bool left;   /* stopped; to be judged */
    _Alignas(16) unsigned char data[AT_BRACKET_DATA];
};

/* Takes a record out of the calling thread's. */
void at_bracket_remove(uint32_t index);

/* Its frame is gone. It is removed, or stopped and to be judged. */
void at_bracket_mark_left(uint32_t index);

/* Is that call the one in whose frame the bracket stands? The memory of a frame that is on the
   stack may be read: another call of the function has not opened the bracket yet. */
static inline bool at_bracket_is_in(const struct at_bracket *bracket,
                                    const struct at_activation *activation)
{
    return bracket->frame.end == activation->end
           && bracket->frame.return_address == activation->return_address
           && (!at_activation_contains(activation, (uintptr_t) bracket->guard)
               || bracket->guard->id == bracket->id);
}

#endif
