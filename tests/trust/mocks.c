/* SPDX-License-Identifier: MIT */
/*
 * Mocks of the libc functions that test_mocks.py names, in the program or in a preloaded object. A
 * mock prints a line if the library calls it, which it knows from the return address, and forwards
 * the call to libc. A call of the tested code fails with ENOENT.
 *
 * The mocks are active from the first instruction of the process to the last, so they must not call
 * the functions that they replace. They find functions in the loader's list, and write with a
 * direct system call.
 */
#include "base/object.c"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "mocks.h"

/* Written by test_mocks.py, with the functions, which call mocks_enter(). */
extern const char *const mocks_names[];

__attribute__((visibility("default"))) volatile bool mocks_tested_code_calls;

enum { MAX_MOCKS = 512 };
static void *real[MAX_MOCKS]; /* found when first called */

static size_t length(const char *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

static bool contains(const char *text, const char *part)
{
    for (; *text; text++) {
        size_t n = 0;
        while (part[n] && text[n] == part[n])
            n++;
        if (!part[n])
            return true;
    }
    return false;
}

static void say(const char *text)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(SYS_write), "D"(2), "S"(text), "d"(length(text))
                     : "rcx", "r11", "memory");
}

/* An object is mapped from its header on, and so is a position-independent program. */
static bool holds(const struct link_map *map, const char *address)
{
    const char *base = (const char *) map->l_addr;
    const ElfW(Ehdr) *header = (const void *) base;
    const ElfW(Phdr) *segments = (const void *) (base + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD && segments[i].p_flags & PF_X
            && address - (base + segments[i].p_vaddr) < (ptrdiff_t) segments[i].p_memsz
            && address >= base + segments[i].p_vaddr)
            return true;
    return false;
}

static bool is_in_program(const char *address)
{
#ifdef MOCKS_IN_PROGRAM
    extern const char __executable_start[], etext[];
    return address >= __executable_start && address < etext;
#else
    return holds(_r_debug.r_map, address);
#endif
}

static bool is_preloaded(const char *address)
{
    for (const struct link_map *map = _r_debug.r_map->l_next; map; map = map->l_next)
        if (contains(map->l_name, "liballoc_tracker_preload"))
            return holds(map, address);
    return false;
}

void *mocks_real(const char *name)
{
    struct at_object libc;
    return at_object_libc(&libc) ? at_object_symbol(&libc, name) : NULL;
}

void *mocks_enter(unsigned index, const char *caller)
{
    bool program = is_in_program(caller);
    if (program && mocks_tested_code_calls)
        return NULL;
    if ((program && MOCKS_PROGRAM_HAS_LIBRARY) || is_preloaded(caller)) {
        say("called by the library: ");
        say(mocks_names[index]);
        say("\n");
    }
    if (!real[index])
        real[index] = mocks_real(mocks_names[index]);
    return real[index];
}

int *mocks_errno(void)
{
    return ((int *(*) (void) ) mocks_real("__errno_location"))();
}

int mocks_fail(void)
{
    *mocks_errno() = ENOENT;
    return -1;
}
