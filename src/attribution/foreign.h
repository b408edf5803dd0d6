/* SPDX-License-Identifier: MIT */
/*
 * Objects that another process has loaded, so that this process can print the stacks of the other.
 *
 * The addresses of the other process may be in use here for other code. So each of its objects gets
 * a new range of addresses, where no code of this process can be. All processes that have loaded an
 * object share its range, so its debug information is read only once. A lookup by address need not
 * know from which process the address came.
 *
 * For one thread at a time. Ranges are never released.
 */
#ifndef AT_ATTRIBUTION_FOREIGN_H
#define AT_ATTRIBUTION_FOREIGN_H

#include "attribution/module.h"

enum { AT_IDENTITY_BYTES = 4096 }; /* the first bytes of an object, which identify it */

/* Return a hash of the first page of the object that is mapped at `start`: its headers, its build
   ID and its first symbols. Return 0 if there is no ELF header. */
uint64_t at_module_identity(const void *start);

/*
 * Give an object of another process a range of addresses. `module` has its addresses, path and
 * owner as that process found them; `identity` is at_module_identity() there, or 0 if it is
 * unknown. Set
 * `*shift` to the difference of an address here and there. Return false if there is no memory.
 */
bool at_foreign_add(const struct at_module *module, uint64_t identity, uintptr_t *shift);

/* Find the foreign object at `address`. `module->gone` is set, and also `module->unreadable` if the
   file at its path cannot be read or is another object now. Return false if there is none. */
bool at_foreign_find(uintptr_t address, struct at_module *module);

/* Return the name of the exported function of a foreign object that contains `address`, or NULL. */
const char *at_foreign_exported(uintptr_t address);

#endif
