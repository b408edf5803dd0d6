/* SPDX-License-Identifier: MIT */
/* unwind/rule.h on hand-written call frame information: what it does not know, it says so of. */
#include <criterion/criterion.h>

#ifdef __x86_64__

#include "unwind/rule.h"

extern const char plain_code[], strange_code[], offset_code[];

__asm__(".text\n"
        "plain_code: .cfi_startproc\n nop\n nop\n ret\n .cfi_endproc\n"
        "strange_code: .cfi_startproc\n"
        " .cfi_escape 0x14, 6, 0\n" /* DW_CFA_val_offset: rbp is the frame's end itself */
        " nop\n nop\n ret\n .cfi_endproc\n"
        "offset_code: .cfi_startproc\n nop\n .cfi_adjust_cfa_offset 32\n"
        " nop\n nop\n ret\n .cfi_endproc\n");

static struct at_rule rule_at(const char *code, uintptr_t return_offset)
{
    return at_rule_find((uintptr_t) code + return_offset);
}

Test(rule, of_the_place_before_the_return_address)
{
    struct at_rule before = rule_at(offset_code, 1), behind = rule_at(offset_code, 2);
    cr_expect_eq(rule_at(plain_code, 2).cfa, AT_CFA_SP);
    cr_expect_eq(rule_at(plain_code, 2).cfa_offset, 8);
    cr_expect_eq(before.cfa_offset, 8);
    cr_expect_eq(behind.cfa_offset, 40);
}

Test(rule, that_is_not_understood_is_unknown)
{
    cr_expect_eq(rule_at(strange_code, 2).cfa, AT_CFA_UNKNOWN);
}

#endif
