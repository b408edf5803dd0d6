/* SPDX-License-Identifier: MIT */
/* Functions in assembly, x86-64: without an unwind table and with one. */
    .text
    .globl ends_in_assembly
    .type ends_in_assembly, @function
ends_in_assembly:
    subq $8, %rsp
    call ends_allocate@PLT
    addq $8, %rsp
    ret
    .size ends_in_assembly, . - ends_in_assembly

    .globl ends_with_table
    .type ends_with_table, @function
ends_with_table:
    .cfi_startproc
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    call ends_allocate@PLT
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    ret
    .cfi_endproc
    .size ends_with_table, . - ends_with_table
    .section .note.GNU-stack, "", @progbits
