/* SPDX-License-Identifier: MIT */
/*
 * What was loaded where, and when: the objects that call sites lie in, remembered beyond their
 * dlclose(), since another object may be loaded at the same place before a site is told.
 *
 * An epoch is how many objects were known when somebody looked. A site keeps its own, and its code
 * is that of the newest object among so many that holds its address. Lock-free, never released: one
 * page for each object and place that a site was seen in.
 */
#ifndef AT_ATTRIBUTION_LOADED_H
#define AT_ATTRIBUTION_LOADED_H

#include "attribution/module.h"

/* Code may have been loaded or unloaded: what was derived from it before is to be looked at anew.
 */
void at_loaded_change(void);

extern uint32_t at_loaded_n_changes; /* atomic */

/* Return a number that every at_loaded_change() changes. */
static inline uint32_t at_loaded_generation(void)
{
    return __atomic_load_n(&at_loaded_n_changes, __ATOMIC_RELAXED);
}

/* Remembers whose code these addresses are now; answers the epoch. 0 where the kernel refused
   memory: then nothing but what is loaded when somebody asks is known of them. */
uint32_t at_loaded_note(const uintptr_t *frames, size_t n_frames);

/* Visit the objects that were noted, the newest first: each with its identity (see foreign.h), and
   the first epoch that has it. */
typedef void at_loaded_visitor(const struct at_module *module, uint64_t identity, uint32_t epoch,
                               void *arg);
void at_loaded_each(at_loaded_visitor *visit, void *arg);

/* Are they now the same objects' code as they were in that epoch? */
bool at_loaded_holds(const uintptr_t *frames, size_t n_frames, uint32_t epoch);

/* Whose code `address` was then, with `module->gone` if it is not any more; of epoch 0, whose it is
   now. */
bool at_loaded_find(uintptr_t address, uint32_t epoch, struct at_module *module);

#endif
