/* SPDX-License-Identifier: MIT */
/*
 * dlopen, as the whole process sees it: an object that is opened with RTLD_DEEPBIND calls libc's
 * malloc rather than ours, and from then on it must be said that not all is seen. dlopen looks at
 * who called it, to search in the directories that the caller's object names, so ours is left by a
 * jump, not by a call.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

#include "base/symbols.h"
#include "track/tracker.h"

typedef void *opener(const char *file, int mode);

/* A sanitizer's. */
opener __interceptor_dlopen __attribute__((weak));

/* Called by dlopen below: answers where to go on. */
opener *at_load_note(const char *file, int mode);

static char reason[512];
static int has_reason; /* 1 while it is written, 2 then */

static void note_deep(const char *file)
{
    int none = 0;
    if (!__atomic_compare_exchange_n(&has_reason, &none, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    snprintf(reason, sizeof reason,
             "%s was opened with RTLD_DEEPBIND, so what it allocates does not reach alloc_tracker; "
             "open it without RTLD_DEEPBIND when measuring",
             file);
    __atomic_store_n(&has_reason, 2, __ATOMIC_RELEASE);
    at_tracker_set_probed(reason);
}

/* After the library's own start, which has probed: another constructor may have been earlier. */
static __attribute__((constructor(102))) void start(void)
{
    if (__atomic_load_n(&has_reason, __ATOMIC_ACQUIRE) == 2)
        at_tracker_set_probed(reason);
}

opener *at_load_note(const char *file, int mode)
{
    static opener *next;
    if (mode & RTLD_DEEPBIND && !(mode & RTLD_NOLOAD) && file)
        note_deep(file);
    if (!next)
        next = __interceptor_dlopen ? __interceptor_dlopen : (opener *) at_symbol_next("dlopen");
    return next;
}

__asm__("\t.pushsection .text\n"
        "\t.globl dlopen\n"
        "\t.type dlopen, %function\n"
        "dlopen:\n"
        "\t.cfi_startproc\n"
#ifdef __x86_64__
        "\tendbr64\n"
        "\tpushq %rdi\n"
        "\t.cfi_adjust_cfa_offset 8\n"
        "\tpushq %rsi\n"
        "\t.cfi_adjust_cfa_offset 8\n"
        "\tsubq $8, %rsp\n"
        "\t.cfi_adjust_cfa_offset 8\n"
        "\tcall at_load_note\n"
        "\taddq $8, %rsp\n"
        "\t.cfi_adjust_cfa_offset -8\n"
        "\tpopq %rsi\n"
        "\t.cfi_adjust_cfa_offset -8\n"
        "\tpopq %rdi\n"
        "\t.cfi_adjust_cfa_offset -8\n"
        "\tjmp *%rax\n"
#else
        "\tstp x29, x30, [sp, #-32]!\n"
        "\t.cfi_def_cfa_offset 32\n"
        "\t.cfi_offset x29, -32\n"
        "\t.cfi_offset x30, -24\n"
        "\tstp x0, x1, [sp, #16]\n"
        "\tbl at_load_note\n"
        "\tmov x16, x0\n"
        "\tldp x0, x1, [sp, #16]\n"
        "\tldp x29, x30, [sp], #32\n"
        "\t.cfi_restore x29\n"
        "\t.cfi_restore x30\n"
        "\t.cfi_def_cfa_offset 0\n"
        "\tbr x16\n"
#endif
        "\t.cfi_endproc\n"
        "\t.size dlopen, . - dlopen\n"
        "\t.popsection\n");
