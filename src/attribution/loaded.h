/* SPDX-License-Identifier: MIT */
/*
 * The objects that contain the code of call sites, recorded even after their dlclose(): another
 * object may be loaded at the same addresses before a call site is printed.
 *
 * Recorded objects are numbered from 1. An epoch is the number of objects that were recorded at a
 * time. A call site has the epoch of its creation; the code at an address of the site is that of
 * the newest object up to that epoch that contains the address. Lock-free. Records are never
 * released: one page for each object and address range in which a call site was found.
 */
#ifndef AT_ATTRIBUTION_LOADED_H
#define AT_ATTRIBUTION_LOADED_H

#include "attribution/module.h"

/* Note that code may have been loaded or unloaded. Everything that was derived from code before
   must be checked again. */
void at_loaded_change(void);

extern uint32_t at_loaded_n_changes; /* atomic */

/* Return a number that every at_loaded_change() changes. */
static inline uint32_t at_loaded_generation(void)
{
    return __atomic_load_n(&at_loaded_n_changes, __ATOMIC_RELAXED);
}

/* Record the objects that contain the addresses now, and return the epoch. Return 0 if the kernel
   refused memory: lookups then use the objects that are loaded at that time. */
uint32_t at_loaded_record(const uintptr_t *frames, size_t n_frames);

/* Call `visit` for each recorded object, the newest first, with its identity (see foreign.h) and
   the first epoch that includes it. */
typedef void at_loaded_visitor(const struct at_module *module, uint64_t identity, uint32_t epoch,
                               void *arg);
void at_loaded_each(at_loaded_visitor *visit, void *arg);

/* Return true if the addresses are now code of the same objects as in that epoch. */
bool at_loaded_is_same_code(const uintptr_t *frames, size_t n_frames, uint32_t epoch);

/* Find the object that contained `address` in that epoch, with `module->gone` if it no longer does,
   or, for epoch 0, the object that contains it now. Foreign objects are found too. */
bool at_loaded_find(uintptr_t address, uint32_t epoch, struct at_module *module);

#endif
