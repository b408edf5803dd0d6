/* SPDX-License-Identifier: MIT */
/*
 * The code of other processes. A process whose stacks are read here has its objects at addresses of
 * its own; here each of its objects gets a range of addresses that no code of this process can
 * have, the same for all processes that have loaded the object. So what was read of it once serves
 * them all, and whoever looks up an address need not know whose it was.
 *
 * For one thread at a time. Ranges and what is known of them are never given back.
 */
#ifndef AT_ATTRIBUTION_FOREIGN_H
#define AT_ATTRIBUTION_FOREIGN_H

#include "attribution/module.h"

enum { AT_IDENTITY_BYTES = 4096 }; /* of the beginning of an object */

/* Return a hash that identifies the object at `start`: of the headers, the build ID and the symbols
   in its first page. Return 0 if no ELF header is there. */
uint64_t at_module_identity(const void *start);

/* Add an object of another process: where it lies there, its path and its owner, as that process
   found them, and its identity, 0 if that is not known. Return by how much its addresses differ
   here from those there, in `*shift`. False where there is no memory. */
bool at_foreign_add(const struct at_module *module, uint64_t identity, uintptr_t *shift);

/* Find the foreign object that has the address. `module->gone` is true, and `module->unreadable` if
   the file at its path is not that object any more. */
bool at_foreign_find(uintptr_t address, struct at_module *module);

/* Return the name of the function that the foreign object at that address exports there, or NULL.
 */
const char *at_foreign_exported(uintptr_t address);

#endif
