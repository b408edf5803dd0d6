/* SPDX-License-Identifier: MIT */
/*
 * dlopen, dlmopen and dlclose that the whole process calls. An object that is opened with
 * RTLD_DEEPBIND, or in a namespace of its own, calls libc's malloc instead of this library's. Which
 * objects do so is found out later: see attribution/unobserved.h.
 *
 * The loader's dlopen and dlmopen read their return address, because they search the directories
 * that the caller's object names. So this library's functions jump to them instead of calling them.
 * All functions are weak, because a test program may define its own dlopen().
 */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "alloc_tracker/attributes.h"
#include "attribution/unobserved.h"
#include "base/symbols.h"
#include "interpose/probe.h"
#include "track/thread.h"

typedef void *opener(const char *file, int mode);
typedef void *space_opener(Lmid_t space, const char *file, int mode);
typedef int closer(void *handle);

/* Of a sanitizer. */
opener __interceptor_dlopen __attribute__((weak));
closer __interceptor_dlclose __attribute__((weak));

/* Called by dlopen() and dlmopen() below. Return the function that is replaced. */
opener *at_load_note(const char *file, int mode);
space_opener *at_load_note_space(Lmid_t space, const char *file, int mode);

static void expect_unseen(void)
{
    at_suspend();
    at_unobserved_expect();
    at_resume();
}

static void *find_next(void **next, const char *name)
{
    void *found = __atomic_load_n(next, __ATOMIC_RELAXED);
    if (!found) {
        at_suspend();
        found = at_symbol_next(name);
        at_resume();
        __atomic_store_n(next, found, __ATOMIC_RELAXED);
    }
    return found;
}

opener *at_load_note(const char *file, int mode)
{
    static void *next;
    if (mode & RTLD_DEEPBIND && !(mode & RTLD_NOLOAD) && file)
        expect_unseen();
    if (!(mode & RTLD_NOLOAD) && file)
        at_probe_later();
    return __interceptor_dlopen ? __interceptor_dlopen : (opener *) find_next(&next, "dlopen");
}

space_opener *at_load_note_space(Lmid_t space, const char *file, int mode)
{
    static void *next;
    if ((space != LM_ID_BASE || mode & RTLD_DEEPBIND) && file)
        expect_unseen();
    return (space_opener *) find_next(&next, "dlmopen");
}

AT_API __attribute__((weak)) int dlclose(void *handle)
{
    static void *next;
    at_unobserved_reason(); /* while the object is still loaded */
    at_unobserved_forget();
    closer *go_on =
        __interceptor_dlclose ? __interceptor_dlclose : (closer *) find_next(&next, "dlclose");
    return go_on(handle);
}

#define BEGIN(Name)                                                                                \
    "\t.pushsection .text\n"                                                                       \
    "\t.weak " Name "\n"                                                                           \
    "\t.type " Name ", %function\n" Name ":\n"                                                     \
    "\t.cfi_startproc\n"

#ifdef __x86_64__
#define NOTE_AND_GO_ON(Name, Note)                                                                 \
    __asm__(BEGIN(Name) "\tendbr64\n"                                                              \
                        "\tpushq %rdi\n"                                                           \
                        "\t.cfi_adjust_cfa_offset 8\n"                                             \
                        "\tpushq %rsi\n"                                                           \
                        "\t.cfi_adjust_cfa_offset 8\n"                                             \
                        "\tpushq %rdx\n"                                                           \
                        "\t.cfi_adjust_cfa_offset 8\n"                                             \
                        "\tcall " Note "\n"                                                        \
                        "\tpopq %rdx\n"                                                            \
                        "\t.cfi_adjust_cfa_offset -8\n"                                            \
                        "\tpopq %rsi\n"                                                            \
                        "\t.cfi_adjust_cfa_offset -8\n"                                            \
                        "\tpopq %rdi\n"                                                            \
                        "\t.cfi_adjust_cfa_offset -8\n"                                            \
                        "\tjmp *%rax\n"                                                            \
                        "\t.cfi_endproc\n"                                                         \
                        "\t.size " Name ", . - " Name "\n"                                         \
                        "\t.popsection\n")
#else
#define NOTE_AND_GO_ON(Name, Note)                                                                 \
    __asm__(BEGIN(Name) "\tstp x29, x30, [sp, #-48]!\n"                                            \
                        "\t.cfi_def_cfa_offset 48\n"                                               \
                        "\t.cfi_offset x29, -48\n"                                                 \
                        "\t.cfi_offset x30, -40\n"                                                 \
                        "\tstp x0, x1, [sp, #16]\n"                                                \
                        "\tstr x2, [sp, #32]\n"                                                    \
                        "\tbl " Note "\n"                                                          \
                        "\tmov x16, x0\n"                                                          \
                        "\tldp x0, x1, [sp, #16]\n"                                                \
                        "\tldr x2, [sp, #32]\n"                                                    \
                        "\tldp x29, x30, [sp], #48\n"                                              \
                        "\t.cfi_restore x29\n"                                                     \
                        "\t.cfi_restore x30\n"                                                     \
                        "\t.cfi_def_cfa_offset 0\n"                                                \
                        "\tbr x16\n"                                                               \
                        "\t.cfi_endproc\n"                                                         \
                        "\t.size " Name ", . - " Name "\n"                                         \
                        "\t.popsection\n")
#endif

NOTE_AND_GO_ON("dlopen", "at_load_note");
NOTE_AND_GO_ON("dlmopen", "at_load_note_space");
