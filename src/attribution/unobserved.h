/* SPDX-License-Identifier: MIT */
/*
 * Objects whose allocations do not reach this library, because they are bound to another malloc
 * than the rest of the process. dlopen() with RTLD_DEEPBIND loads such objects, and so does
 * dlmopen(), which loads them into a namespace with another libc.
 *
 * The call alone does not prove it: the object may be loaded already, the call may fail, and the
 * allocations of an object that calls only libc's strdup() are observed. So a search reads from
 * each object to which function its `malloc` is bound. A lazy binding that has not been made yet
 * proves that the object has not called the function.
 */
#ifndef AT_ATTRIBUTION_UNOBSERVED_H
#define AT_ATTRIBUTION_UNOBSERVED_H

#include <stddef.h>
#include <stdint.h>

/* Record the objects that are loaded now. To be called before dlopen() with RTLD_DEEPBIND and
   before dlmopen(). */
void at_unobserved_expect(void);

extern int at_unobserved_expected; /* atomic: at_unobserved_expect() was called */

/* NULL, or a word in shared memory that at_unobserved_expect() sets to 1. If this process ends
   before at_unobserved_reason() is called, another process reads the word. Atomic. */
extern uint32_t *at_unobserved_mirror;

/* The search of at_unobserved_reason(). */
const char *at_unobserved_search(void);

/* Discard the recorded objects. To be called before dlclose(): another object may be loaded at the
   addresses of a recorded one. */
void at_unobserved_forget(void);

/* Return NULL, or the reason why allocations may have been unobserved, now or earlier, in static
   storage. A reason stays for the life of the process. Takes the loader's lock, so do not call this
   function on the hook path. */
static inline const char *at_unobserved_reason(void)
{
    return __atomic_load_n(&at_unobserved_expected, __ATOMIC_ACQUIRE) ? at_unobserved_search()
                                                                      : NULL;
}

#endif
