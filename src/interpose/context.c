/* SPDX-License-Identifier: MIT */
/*
 * setcontext() and makecontext() that the whole process calls. setcontext() may leave frames of its
 * own stack, as longjmp() does. makecontext() gives a stack to a new coroutine: all frames on that
 * stack have been left. swapcontext() leaves no frame, since its frames may continue later.
 *
 * makecontext() passes on any number of arguments, so it jumps to the function that it replaces.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <ucontext.h>

#include "alloc_tracker/attributes.h"
#include "base/symbols.h"
#include "guard/scope_guards.h"

typedef void maker(ucontext_t *context, void (*function)(void), int n, ...);
typedef int setter(const ucontext_t *context);

AT_API setter setcontext;

/* Called by makecontext() below. Return the function that it replaces. */
maker *at_context_note(const ucontext_t *context);

static uintptr_t target_of(const ucontext_t *context)
{
#ifdef __x86_64__
    return (uintptr_t) context->uc_mcontext.gregs[REG_RSP];
#else
    return context->uc_mcontext.sp;
#endif
}

AT_API int setcontext(const ucontext_t *context)
{
    static setter *next;
    if (!next)
        next = (setter *) at_symbol_next("setcontext");
    at_scope_guards_leave(target_of(context));
    return next(context);
}

maker *at_context_note(const ucontext_t *context)
{
    static maker *next;
    if (!next)
        next = (maker *) at_symbol_next("makecontext");
    uintptr_t start = (uintptr_t) context->uc_stack.ss_sp;
    at_scope_guards_reuse(start, start + context->uc_stack.ss_size);
    return next;
}

__asm__("\t.pushsection .text\n"
        "\t.globl makecontext\n"
        "\t.type makecontext, %function\n"
        "makecontext:\n"
        "\t.cfi_startproc\n"
#ifdef __x86_64__
        "\tendbr64\n"
        "\tpushq %rdi\n"
        "\tpushq %rsi\n"
        "\tpushq %rdx\n"
        "\tpushq %rcx\n"
        "\tpushq %r8\n"
        "\tpushq %r9\n"
        "\tpushq %rax\n"
        "\t.cfi_adjust_cfa_offset 56\n"
        "\tcall at_context_note\n"
        "\tmovq %rax, %r11\n"
        "\tpopq %rax\n"
        "\tpopq %r9\n"
        "\tpopq %r8\n"
        "\tpopq %rcx\n"
        "\tpopq %rdx\n"
        "\tpopq %rsi\n"
        "\tpopq %rdi\n"
        "\t.cfi_adjust_cfa_offset -56\n"
        "\tjmp *%r11\n"
#else
        "\tstp x29, x30, [sp, #-80]!\n"
        "\t.cfi_def_cfa_offset 80\n"
        "\t.cfi_offset x29, -80\n"
        "\t.cfi_offset x30, -72\n"
        "\tstp x0, x1, [sp, #16]\n"
        "\tstp x2, x3, [sp, #32]\n"
        "\tstp x4, x5, [sp, #48]\n"
        "\tstp x6, x7, [sp, #64]\n"
        "\tbl at_context_note\n"
        "\tmov x16, x0\n"
        "\tldp x0, x1, [sp, #16]\n"
        "\tldp x2, x3, [sp, #32]\n"
        "\tldp x4, x5, [sp, #48]\n"
        "\tldp x6, x7, [sp, #64]\n"
        "\tldp x29, x30, [sp], #80\n"
        "\t.cfi_restore x29\n"
        "\t.cfi_restore x30\n"
        "\t.cfi_def_cfa_offset 0\n"
        "\tbr x16\n"
#endif
        "\t.cfi_endproc\n"
        "\t.size makecontext, . - makecontext\n"
        "\t.popsection\n");
