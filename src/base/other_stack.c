/* SPDX-License-Identifier: MIT */
/*
 * See other_stack.h. The size of the first stack is known without a lock or an allocation. How much
 * of another stack is left cannot be found out, above all for a coroutine's. On the new stack the
 * frame pointer has the old stack pointer, so that an unwinder can go from one stack to the other.
 */
#include "base/other_stack.h"

#include <stdint.h>
#include <sys/resource.h>

#include "base/pages.h"

static uintptr_t first_stack; /* an address close to its beginning; 0 if unknown */

void at_other_stack_start(void)
{
    first_stack = (uintptr_t) __builtin_frame_address(0);
}

static bool has_room(size_t need)
{
    enum { ABOVE = 64 << 10, USUAL = 8 << 20 }; /* the beginning may be so far above that address */
    struct rlimit limit;
    uintptr_t here = (uintptr_t) __builtin_frame_address(0);
    uintptr_t used = first_stack + ABOVE - here;
    if (!first_stack || used > USUAL || getrlimit(RLIMIT_STACK, &limit) != 0)
        return false;
    return used + need < (limit.rlim_cur < USUAL ? limit.rlim_cur : USUAL);
}

#if defined(__x86_64__) || defined(__aarch64__) || defined(__i386__)
void at_call_on_stack(void (*function)(void *arg), void *arg, void *top)
    __attribute__((visibility("hidden")));

__asm__(".pushsection .text\n"
        ".hidden at_call_on_stack\n"
        ".globl at_call_on_stack\n"
#if defined(__aarch64__)
        ".type at_call_on_stack, %function\n"
#else
        ".type at_call_on_stack, @function\n"
#endif
        "at_call_on_stack:\n"
        ".cfi_startproc\n"
#if defined(__x86_64__)
        "pushq %rbp\n"
        ".cfi_def_cfa_offset 16\n"
        ".cfi_offset %rbp, -16\n"
        "movq %rsp, %rbp\n"
        ".cfi_def_cfa_register %rbp\n"
        "movq %rdx, %rsp\n"
        "movq %rdi, %rax\n"
        "movq %rsi, %rdi\n"
        "call *%rax\n"
        "movq %rbp, %rsp\n"
        "popq %rbp\n"
        ".cfi_def_cfa %rsp, 8\n"
#elif defined(__i386__)
        "pushl %ebp\n"
        ".cfi_def_cfa_offset 8\n"
        ".cfi_offset %ebp, -8\n"
        "movl %esp, %ebp\n"
        ".cfi_def_cfa_register %ebp\n"
        "movl 8(%ebp), %ecx\n"
        "movl 12(%ebp), %eax\n"
        "movl 16(%ebp), %esp\n"
        "subl $12, %esp\n"
        "pushl %eax\n"
        "call *%ecx\n"
        "movl %ebp, %esp\n"
        "popl %ebp\n"
        ".cfi_def_cfa %esp, 4\n"
#else
        "stp x29, x30, [sp, #-16]!\n"
        ".cfi_def_cfa_offset 16\n"
        ".cfi_offset 29, -16\n"
        ".cfi_offset 30, -8\n"
        "mov x29, sp\n"
        ".cfi_def_cfa_register 29\n"
        "mov sp, x2\n"
        "mov x9, x0\n"
        "mov x0, x1\n"
        "blr x9\n"
        "mov sp, x29\n"
        ".cfi_def_cfa_register 31\n"
        "ldp x29, x30, [sp], #16\n"
        ".cfi_def_cfa_offset 0\n"
        ".cfi_restore 29\n"
        ".cfi_restore 30\n"
#endif
        "ret\n"
        ".cfi_endproc\n"
        ".size at_call_on_stack, . - at_call_on_stack\n"
        ".popsection\n");

static bool call_in_pages(void (*function)(void *arg), void *arg, size_t need)
{
    enum { PAGE = 4096 };
    size_t size = (need + PAGE - 1) & ~(size_t) (PAGE - 1);
    char *pages = at_pages_reserve(size);
    if (!pages)
        return false;
    at_call_on_stack(function, arg, pages + size);
    at_pages_free(pages, size);
    return true;
}
#else
static bool call_in_pages(void (*function)(void *arg), void *arg, size_t need)
{
    (void) need;
    function(arg);
    return true;
}
#endif

bool at_call_with_stack(void (*function)(void *arg), void *arg, size_t need)
{
    if (!has_room(need))
        return call_in_pages(function, arg, need);
    function(arg);
    return true;
}
