/* SPDX-License-Identifier: MIT */
/* unwind/rule.h on hand-written call frame information: unsupported instructions are recognised. */
#include <criterion/criterion.h>

#ifdef __x86_64__

#include "unwind/rule.h"

extern const char plain_code[], unsupported_code[], offset_code[];

__asm__(
    ".text\n"
    "plain_code: .cfi_startproc\n nop\n nop\n ret\n .cfi_endproc\n"
    "unsupported_code: .cfi_startproc\n"
    " .cfi_escape 0x14, 6, 0\n" /* DW_CFA_val_offset: the value of rbp is the end of the frame */
    " nop\n nop\n ret\n .cfi_endproc\n"
    "offset_code: .cfi_startproc\n nop\n .cfi_adjust_cfa_offset 32\n"
    " nop\n nop\n ret\n .cfi_endproc\n");

static struct at_rule rule_at(const char *code, uintptr_t return_offset)
{
    return at_rule_find((uintptr_t) code + return_offset);
}

Test(rule, is_that_of_the_address_before_the_return_address)
{
    struct at_rule before = rule_at(offset_code, 1), behind = rule_at(offset_code, 2);
    cr_expect_eq(rule_at(plain_code, 2).cfa, AT_CFA_SP);
    cr_expect_eq(rule_at(plain_code, 2).cfa_offset, 8);
    cr_expect_eq(before.cfa_offset, 8);
    cr_expect_eq(behind.cfa_offset, 40);
}

Test(rule, is_unknown_if_an_instruction_is_not_supported)
{
    cr_expect_eq(rule_at(unsupported_code, 2).cfa, AT_CFA_UNKNOWN);
}

#endif
