/* SPDX-License-Identifier: MIT */
/*
 * The unwinder of a fully static program. There crtbeginT.o registers the program's unwind tables,
 * which then are found under a lock that a signal handler may find taken, and sorted at the first
 * question, with memory from malloc. Linked with --eh-frame-hdr the program has a sorted table that
 * needs neither, and these keep its registration from the unwinder. What is registered at run time
 * goes on to it.
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

/* libgcc refers to these weakly, and calls all of them once one of them is there. */
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
