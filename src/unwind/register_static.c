/* SPDX-License-Identifier: MIT */
/*
 * The registration of unwind tables in a fully static program.
 *
 * There crtbeginT.o registers the program's tables with the unwinder. The unwinder searches
 * registered tables under a lock, which a signal handler may find taken, and sorts them at the
 * first search, in memory from malloc. A program that is linked with --eh-frame-hdr also has a
 * sorted table, which needs neither. So the functions here do not pass the program's own tables on
 * to the unwinder. Tables that are registered at run time are passed on.
 */
#include <pthread.h>
#include <stdint.h>

#include "alloc_tracker/attributes.h"
#include "base/mapping.h"

struct object;

void __real___register_frame_info(const void *begin, struct object *object);
void __real___register_frame_info_bases(const void *begin, struct object *object, void *text_base,
                                        void *data_base);
void *__real___deregister_frame_info(const void *begin);
void *__real___deregister_frame_info_bases(const void *begin);
AT_API void __wrap___register_frame_info(const void *begin, struct object *object);
AT_API void __wrap___register_frame_info_bases(const void *begin, struct object *object,
                                               void *text_base, void *data_base);
AT_API void *__wrap___deregister_frame_info(const void *begin);
AT_API void *__wrap___deregister_frame_info_bases(const void *begin);

/* libgcc has weak references to these functions, and if one of them is linked it calls them all. */
static const void *const needed[] __attribute__((used)) = {
    (const void *) pthread_once,         (const void *) pthread_mutex_lock,
    (const void *) pthread_mutex_unlock, (const void *) pthread_key_create,
    (const void *) pthread_getspecific,  (const void *) pthread_setspecific,
};

static bool is_own(const void *begin)
{
    struct at_mapping mapping;
    return at_mapping_find((uintptr_t) begin, &mapping);
}

void __wrap___register_frame_info(const void *begin, struct object *object)
{
    if (!is_own(begin))
        __real___register_frame_info(begin, object);
}

void __wrap___register_frame_info_bases(const void *begin, struct object *object, void *text_base,
                                        void *data_base)
{
    if (!is_own(begin))
        __real___register_frame_info_bases(begin, object, text_base, data_base);
}

void *__wrap___deregister_frame_info(const void *begin)
{
    return is_own(begin) ? NULL : __real___deregister_frame_info(begin);
}

void *__wrap___deregister_frame_info_bases(const void *begin)
{
    return is_own(begin) ? NULL : __real___deregister_frame_info_bases(begin);
}
