/* SPDX-License-Identifier: MIT */
/* A function that tests/plugin/test_stack_ends.py compiles without an unwind table. */
void ends_allocate(void);
void ends_without_table(void);

void ends_without_table(void)
{
    ends_allocate();
    __asm__ volatile("");
}
