/* SPDX-License-Identifier: MIT */
/*
 * See unobserved.h. The loader's lists, and the variables below, are read and written inside
 * dl_iterate_phdr(), which holds the lock that the loader takes to change its lists. Objects that
 * were loaded before the first at_unobserved_expect() are not searched: they are bound to the same
 * malloc as the rest of the process.
 */
#define _GNU_SOURCE
#include "attribution/unobserved.h"

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/object.h"
#include "base/pages.h"

enum { MAX_RECORDED = 4096 };

static const char *const family[] = {
    "malloc", "free",          "calloc",         "realloc", "reallocarray", "memalign",
    "valloc", "aligned_alloc", "posix_memalign", "pvalloc", "free_sized",   "free_aligned_sized",
};

enum { N_FAMILY = sizeof family / sizeof family[0] };

int at_unobserved_expected;
uint32_t *at_unobserved_mirror;

static const void *ours[N_FAMILY]; /* the functions to which other objects are bound */
static const void **recorded;      /* the dynamic sections of objects from before */
static size_t n_recorded;
static size_t n_namespaces;      /* namespaces from before, those of auditors */
static const char *found_reason; /* atomic: the reason */
static char reason[512];

static void set_reason(const char *name, const char *rest)
{
    size_t n_rest = strlen(rest), n_name = strlen(name);
    if (n_name > sizeof reason - n_rest - 1) {
        name += n_name - (sizeof reason - n_rest - 1);
        n_name = sizeof reason - n_rest - 1;
    }
    memcpy(reason, name, n_name);
    memcpy(reason + n_name, rest, n_rest + 1);
    __atomic_store_n(&found_reason, reason, __ATOMIC_RELEASE);
}

/* Return how many namespaces beside the first one have objects, and set `*newest` to the first
   object of the last one. */
static size_t count_namespaces(const struct link_map **newest)
{
    size_t n = 0;
    if (_r_debug.r_version < 2)
        return 0;
    const struct r_debug_extended *space = (const struct r_debug_extended *) &_r_debug;
    while ((space = space->r_next) != NULL) {
        n += space->base.r_map != NULL;
        if (space->base.r_map)
            *newest = space->base.r_map;
    }
    return n;
}

static bool is_recorded(const struct link_map *map)
{
    size_t i = 0;
    while (i < n_recorded && recorded[i] != map->l_ld)
        i++;
    return i < n_recorded;
}

/* Return the first definition of `name`. The list has the order in which the loader searches the
   objects that it loaded at start. */
static const void *find_first(const char *name)
{
    struct at_object object;
    if (!at_object_first(&object))
        return NULL;
    const void *here = at_object_symbol(&object, name);
    return here ? here : at_object_symbol_after(&object, name);
}

static int record_objects(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) info;
    (void) size;
    (void) arg;
    if (recorded)
        return 1;
    for (size_t i = 0; i < N_FAMILY; i++)
        ours[i] = find_first(family[i]);
    recorded = at_pages_new(MAX_RECORDED * sizeof *recorded);
    struct at_object object;
    for (bool more = recorded && at_object_first(&object); more && n_recorded < MAX_RECORDED;
         more = at_object_next(&object))
        recorded[n_recorded++] = object.map->l_ld;
    const struct link_map *ignored;
    n_namespaces = count_namespaces(&ignored);
    return 1;
}

void at_unobserved_expect(void)
{
    if (__atomic_load_n(&at_unobserved_expected, __ATOMIC_ACQUIRE))
        return;
    dl_iterate_phdr(record_objects, NULL);
    __atomic_store_n(&at_unobserved_expected, 1, __ATOMIC_RELEASE);
    uint32_t *mirror = __atomic_load_n(&at_unobserved_mirror, __ATOMIC_ACQUIRE);
    if (mirror)
        __atomic_store_n(mirror, 1, __ATOMIC_RELEASE);
}

static size_t find_in_family(const char *name)
{
    size_t i = 0;
    while (i < N_FAMILY && strcmp(family[i], name) != 0)
        i++;
    return i;
}

/* Return true if `bound` is the definition of function number `i` in another object than those to
   which the process is bound. A lazy binding that is not made yet points into the object itself. */
static bool is_other_definition(const struct at_object *object, const struct at_object *own,
                                size_t i, const void *bound)
{
    struct at_object other;
    if (bound == ours[i] || !at_object_around(&other, bound))
        return false;
    return other.map != object->map && other.map != own->map
           && at_object_symbol(&other, family[i]) == bound;
}

static bool is_bound_elsewhere(const struct at_object *object, const struct at_object *own,
                               const ElfW(Rela) * table, size_t size)
{
    for (size_t i = 0; table && i < size / sizeof *table; i++) {
        uint64_t symbol = ELF64_R_SYM(table[i].r_info);
        if (symbol == 0)
            continue;
        size_t function = find_in_family(object->strings + object->symbols[symbol].st_name);
        const uintptr_t *slot = (const uintptr_t *) (object->map->l_addr + table[i].r_offset);
        if (function < N_FAMILY && is_other_definition(object, own, function, (const void *) *slot))
            return true;
    }
    return false;
}

static bool allocates_unobserved(const struct at_object *object, const struct at_object *own)
{
    const ElfW(Rela) * tables[2] = { NULL, NULL };
    size_t sizes[2] = { 0, 0 };
    if (!object->symbols || !object->strings)
        return false;
    for (const ElfW(Dyn) *entry = object->map->l_ld; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
            case DT_RELA: tables[0] = (const ElfW(Rela) *) entry->d_un.d_ptr; break;
            case DT_RELASZ: sizes[0] = entry->d_un.d_val; break;
            case DT_JMPREL: tables[1] = (const ElfW(Rela) *) entry->d_un.d_ptr; break;
            case DT_PLTRELSZ: sizes[1] = entry->d_un.d_val; break;
            default: break;
        }
    }
    return is_bound_elsewhere(object, own, tables[0], sizes[0])
           || is_bound_elsewhere(object, own, tables[1], sizes[1]);
}

static int search_objects(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) info;
    (void) size;
    (void) arg;
    const struct link_map *newest = NULL;
    if (found_reason)
        return 1;
    if (count_namespaces(&newest) > n_namespaces) {
        set_reason(newest->l_name,
                   " was opened in another namespace by dlmopen(), so its allocations do not reach "
                   "alloc_tracker; open it with dlopen() when measuring");
        return 1;
    }
    struct at_object own, object;
    if (!at_object_own(&own) || !at_object_first(&object))
        return 1;
    do {
        if (is_recorded(object.map) || !allocates_unobserved(&object, &own))
            continue;
        set_reason(object.map->l_name,
                   " was opened with RTLD_DEEPBIND, so its allocations do not reach "
                   "alloc_tracker; open it without RTLD_DEEPBIND when measuring");
        return 1;
    } while (at_object_next(&object));
    return 1;
}

const char *at_unobserved_search(void)
{
    if (!__atomic_load_n(&found_reason, __ATOMIC_ACQUIRE))
        dl_iterate_phdr(search_objects, NULL);
    return __atomic_load_n(&found_reason, __ATOMIC_ACQUIRE);
}

static int discard_objects(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) info;
    (void) size;
    (void) arg;
    n_recorded = 0;
    return 1;
}

void at_unobserved_forget(void)
{
    if (__atomic_load_n(&at_unobserved_expected, __ATOMIC_ACQUIRE))
        dl_iterate_phdr(discard_objects, NULL);
}
