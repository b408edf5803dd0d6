/* SPDX-License-Identifier: MIT */
/*
 * This library's calls of libc functions in a dynamic program; see libc.h.
 *
 * combine.sh renames each undefined function `f` of the finished object to `at_libc_call_f`, and
 * appends `at_libc_call f` to a copy of this file. This macro makes a jump through a pointer in the
 * section at_libc_calls, which leaves all arguments in place. At first the pointer is the definition
 * of `f` that the linker finds; at_libc_bind() replaces it. An entry of the section has the layout
 * of `struct call` in libc_bind.c.
 */
#ifdef __LP64__
#define POINTER .quad
#define ALIGNMENT 8
#else
#define POINTER .long
#define ALIGNMENT 4
#endif

    .macro at_libc_call name
    .pushsection .rodata.at_libc_names, "a", %progbits
.Lname_\name :
    .asciz "__interceptor_\name"
    .popsection

    .pushsection at_libc_calls, "aw", %progbits
    .balign ALIGNMENT
.Lpointer_\name :
    POINTER \name
    POINTER .Lname_\name
    .popsection

    .globl at_libc_call_\name
    .hidden at_libc_call_\name
    .type at_libc_call_\name, %function
at_libc_call_\name :
    .cfi_startproc
#if defined __x86_64__
    jmp *.Lpointer_\name(%rip)
#elif defined __i386__
    call 1f
1:
    .cfi_adjust_cfa_offset 4
    popl %ecx
    .cfi_adjust_cfa_offset -4
    addl $(.Lpointer_\name - 1b), %ecx
    jmp *(%ecx)
#elif defined __aarch64__
    adrp x16, .Lpointer_\name
    ldr x16, [x16, #:lo12:.Lpointer_\name]
    br x16
#else
#error no jump is known for this machine
#endif
    .cfi_endproc
    .size at_libc_call_\name, . - at_libc_call_\name
    .endm

    .section .note.GNU-stack, "", %progbits
    .text
