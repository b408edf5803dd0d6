/* SPDX-License-Identifier: MIT */
/* See object.h. The tables are described in the System V ABI, chapter 5, and the GNU hash table in
   the source code of binutils. */
#define _GNU_SOURCE
#include "base/object.h"

#include <dlfcn.h>
#include <stddef.h>

#ifdef __GLIBC__

#ifdef __aarch64__
#include <sys/auxv.h>
#include <sys/ifunc.h>
#endif

#pragma weak _r_debug

/* The dynamic section of the object with this code; the linker defines it in each object. It is
   weak for a fully static program that is linked with the wrong one of our libraries: the program
   must still link, so that it can report this. */
extern ElfW(Dyn) _DYNAMIC[] __attribute__((weak, visibility("hidden")));

enum { IS_HIDDEN = 0x8000 }; /* a bit of a version: it is not the default version */

static bool are_equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Return the address of a table. The loader has relocated the value where the dynamic section is
   writable, which it is not on every system. */
static const void *table_at(const struct link_map *map, ElfW(Addr) value)
{
    return (const void *) (value < map->l_addr ? value + map->l_addr : value);
}

static void read_dynamic(struct at_object *object, const struct link_map *map)
{
    *object = (struct at_object){ .map = map };
    ElfW(Addr) soname = 0;
    for (const ElfW(Dyn) *entry = map->l_ld; entry && entry->d_tag != DT_NULL; entry++) {
        const void *table = table_at(map, entry->d_un.d_ptr);
        switch (entry->d_tag) {
            case DT_SYMTAB: object->symbols = table; break;
            case DT_STRTAB: object->strings = table; break;
            case DT_GNU_HASH: object->gnu_hash = table; break;
            case DT_HASH: object->sysv_hash = table; break;
            case DT_VERSYM: object->versions = table; break;
            case DT_SONAME: soname = entry->d_un.d_val; break;
            default: break;
        }
    }
    object->soname = soname && object->strings ? object->strings + soname : NULL;
}

bool at_object_first(struct at_object *object)
{
    const struct link_map *map = &_r_debug ? _r_debug.r_map : NULL;
    if (map)
        read_dynamic(object, map);
    return map != NULL;
}

bool at_object_next(struct at_object *object)
{
    const struct link_map *next = object->map->l_next;
    if (next)
        read_dynamic(object, next);
    return next != NULL;
}

bool at_object_own(struct at_object *object)
{
    bool found = at_object_first(object);
    while (found && object->map->l_ld != _DYNAMIC)
        found = at_object_next(object);
    return found;
}

bool at_object_around(struct at_object *object, const void *address)
{
    struct dl_find_object found;
    if (_dl_find_object((void *) address, &found) != 0)
        return false;
    read_dynamic(object, found.dlfo_link_map);
    return true;
}

bool at_object_libc(struct at_object *object)
{
    bool found = at_object_first(object);
    while (found && !(object->soname && are_equal(object->soname, "libc.so.6")))
        found = at_object_next(object);
    return found;
}

static bool defines(const struct at_object *object, uint32_t index, const char *name)
{
    const ElfW(Sym) *symbol = &object->symbols[index];
    unsigned type = ELF64_ST_TYPE(symbol->st_info), bind = ELF64_ST_BIND(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF && bind != STB_LOCAL && type != STT_TLS
           && !(object->versions && object->versions[index] & IS_HIDDEN)
           && are_equal(object->strings + symbol->st_name, name);
}

/* The table's header has the number of buckets, the index of the first symbol, the number of words
   of the Bloom filter and its shift. In a chain the lowest bit of a hash marks the last symbol. */
static uint32_t find_by_gnu_hash(const struct at_object *object, const char *name)
{
    uint32_t hash = 5381;
    for (const char *at = name; *at; at++)
        hash = hash * 33 + (unsigned char) *at;
    const uint32_t *table = object->gnu_hash;
    uint32_t n_buckets = table[0], first = table[1];
    const uint32_t *buckets = &table[4] + table[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    const uint32_t *chain = buckets + n_buckets;
    uint32_t index = n_buckets ? buckets[hash % n_buckets] : 0;
    if (index < first)
        return 0;
    for (;; index++) {
        if ((chain[index - first] | 1) == (hash | 1) && defines(object, index, name))
            return index;
        if (chain[index - first] & 1)
            return 0;
    }
}

static uint32_t find_by_sysv_hash(const struct at_object *object, const char *name)
{
    uint32_t hash = 0;
    for (const char *at = name; *at; at++) {
        hash = (hash << 4) + (unsigned char) *at;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    const uint32_t *buckets = &object->sysv_hash[2], *chain = buckets + object->sysv_hash[0];
    uint32_t index = object->sysv_hash[0] ? buckets[hash % object->sysv_hash[0]] : 0;
    while (index && !defines(object, index, name))
        index = chain[index];
    return index;
}

static uint32_t find_symbol(const struct at_object *object, const char *name)
{
    if (!object->symbols || !object->strings)
        return 0;
    if (object->gnu_hash)
        return find_by_gnu_hash(object, name);
    return object->sysv_hash ? find_by_sysv_hash(object, name) : 0;
}

#if defined(__x86_64__) || defined(__i386__)

static void *resolve_indirect(void *resolver)
{
    return ((void *(*) (void) ) resolver)();
}

#elif defined(__aarch64__)

static void *resolve_indirect(void *resolver)
{
    struct at_object libc;
    unsigned long (*get)(unsigned long type) = NULL;
    if (at_object_libc(&libc))
        get = (unsigned long (*)(unsigned long)) at_object_symbol(&libc, "getauxval");
    if (!get)
        return NULL;
    __ifunc_arg_t processor = { sizeof processor, get(AT_HWCAP), get(AT_HWCAP2) };
    return ((void *(*) (uint64_t, const __ifunc_arg_t *) ) resolver)(
        processor._hwcap | _IFUNC_ARG_HWCAP, &processor);
}

#else

static void *resolve_indirect(void *resolver)
{
    (void) resolver;
    return NULL; /* the arguments of a resolver differ by machine */
}

#endif

void *at_object_symbol(const struct at_object *object, const char *name)
{
    uint32_t index = find_symbol(object, name);
    if (!index)
        return NULL;
    const ElfW(Sym) *symbol = &object->symbols[index];
    ElfW(Addr) base = symbol->st_shndx == SHN_ABS ? 0 : object->map->l_addr;
    void *address = (void *) (base + symbol->st_value);
    bool indirect = ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC;
    return indirect ? resolve_indirect(address) : address;
}

size_t at_object_symbol_size(const struct at_object *object, const char *name)
{
    uint32_t index = find_symbol(object, name);
    return index ? object->symbols[index].st_size : 0;
}

void *at_object_symbol_after(const struct at_object *object, const char *name)
{
    struct at_object after = *object;
    void *found = NULL;
    while (!found && at_object_next(&after))
        found = at_object_symbol(&after, name);
    return found;
}

#else

bool at_object_first(struct at_object *object)
{
    (void) object;
    return false;
}

bool at_object_next(struct at_object *object)
{
    (void) object;
    return false;
}

bool at_object_own(struct at_object *object)
{
    (void) object;
    return false;
}

bool at_object_around(struct at_object *object, const void *address)
{
    (void) object;
    (void) address;
    return false;
}

bool at_object_libc(struct at_object *object)
{
    (void) object;
    return false;
}

void *at_object_symbol(const struct at_object *object, const char *name)
{
    (void) object;
    (void) name;
    return NULL;
}

size_t at_object_symbol_size(const struct at_object *object, const char *name)
{
    (void) object;
    (void) name;
    return 0;
}

void *at_object_symbol_after(const struct at_object *object, const char *name)
{
    (void) object;
    (void) name;
    return NULL;
}

#endif
