/* SPDX-License-Identifier: MIT */
/*
 * Objects whose allocations pass by this library, since they are bound to another malloc than the
 * rest of the process: those that dlopen() loaded with RTLD_DEEPBIND, and those that dlmopen() put
 * into a namespace of their own, which has a libc of its own.
 *
 * The flag alone says nothing. The object may be loaded already, the call may fail, and an object
 * that allocates through libc's strdup() only is seen. So the objects themselves are looked at,
 * when somebody asks: to which function is `malloc` bound there? A binding that is not made before
 * the first call tells, too, that there was no call.
 */
#ifndef AT_ATTRIBUTION_UNOBSERVED_H
#define AT_ATTRIBUTION_UNOBSERVED_H

#include <stddef.h>
#include <stdint.h>

/* Before a call of dlopen() with RTLD_DEEPBIND, and before one of dlmopen(). */
void at_unobserved_expect(void);

extern int at_unobserved_expected; /* atomic: one of the calls was made */

/* Set to 1 then, for another process that reads it where this one ends unasked; or NULL. Atomic. */
extern uint32_t *at_unobserved_mirror;

/* See at_unobserved_reason(). */
const char *at_unobserved_look(void);

/* Before dlclose(): another object may come to lie at the addresses of one that is known. */
void at_unobserved_forget(void);

/* Return NULL, or why something may have allocated unseen, now or before: static storage. Once
   there is a reason it stays. Takes the loader's lock, so it is not for the hook path. */
static inline const char *at_unobserved_reason(void)
{
    return __atomic_load_n(&at_unobserved_expected, __ATOMIC_ACQUIRE) ? at_unobserved_look() : NULL;
}

#endif
