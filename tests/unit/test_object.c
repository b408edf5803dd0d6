/* SPDX-License-Identifier: MIT */
/* base/object.h: the symbols that the loaded objects define, compared with dlsym(). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "base/object.h"

static size_t n_symbols(const struct at_object *object)
{
    return object->sysv_hash ? object->sysv_hash[1] : 0;
}

/* All names that libc exports: functions, indirect functions, data, names with several versions. */
Test(object, libc_defines_what_dlsym_finds)
{
    struct at_object libc;
    cr_assert(at_object_libc(&libc));
    void *handle = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    cr_assert(handle);
    cr_assert_neq(n_symbols(&libc), 0);
    for (size_t i = 1; i < n_symbols(&libc); i++) {
        const ElfW(Sym) *symbol = &libc.symbols[i];
        bool is_default = !(libc.versions[i] & 0x8000);
        if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol->st_info) == STT_TLS
            || !is_default)
            continue;
        const char *name = libc.strings + symbol->st_name;
        cr_expect_eq(at_object_symbol(&libc, name), dlsym(handle, name), "%s", name);
    }
    for (const char *const *name =
             (const char *const[]){ "memcpy", "strlen", "time", "open", "environ", NULL };
         *name; name++)
        cr_expect_eq(at_object_symbol(&libc, *name), dlsym(handle, *name), "%s", *name);
}

Test(object, a_name_that_does_not_exist)
{
    struct at_object libc;
    cr_assert(at_object_libc(&libc));
    cr_expect_null(at_object_symbol(&libc, "at_no_such_function"));
    cr_expect_null(at_object_symbol(&libc, ""));
    cr_expect_null(at_object_symbol(&libc, "errno"), "thread-local");
}

Test(object, the_program_comes_first_and_contains_this_library)
{
    struct at_object first, own;
    cr_assert(at_object_first(&first));
    cr_assert(at_object_own(&own));
    cr_expect_eq(first.map, own.map);
    cr_expect_null(first.soname);
    cr_expect_eq(at_object_symbol(&own, "malloc"), (void *) malloc);
}

Test(object, the_next_definition)
{
    struct at_object own, libc;
    cr_assert(at_object_own(&own) && at_object_libc(&libc));
    cr_expect_eq(at_object_symbol_after(&own, "malloc"), at_object_symbol(&libc, "malloc"));
    cr_expect_null(at_object_symbol_after(&own, "at_object_first"));
    cr_expect_null(at_object_symbol_after(&own, "at_no_such_function"));
}

Test(object, the_list_is_the_loader_s)
{
    struct at_object object;
    cr_assert(at_object_first(&object));
    const struct link_map *map;
    cr_assert_eq(dlinfo(dlopen(NULL, RTLD_NOW), RTLD_DI_LINKMAP, &map), 0);
    for (; map; map = map->l_next) {
        cr_expect_eq(object.map, map);
        cr_expect_eq(at_object_next(&object), map->l_next != NULL);
    }
}
