/* SPDX-License-Identifier: MIT */
/* See label.h. */
#include "worker/label.h"

#include <stdio.h>

#include <criterion/criterion.h>

#include "guard/panic.h"

static int32_t parameter = -1;

void criterion_alloc_label_set_parameter(int32_t index)
{
    static char where[512];
    parameter = index;
    if (index < 0)
        return;
    snprintf(where, sizeof where, " in %s::%s[%d]", criterion_current_test->category,
             criterion_current_test->name, (int) index);
    at_trap_set_label(where);
}

void criterion_alloc_label_add(struct at_text *text)
{
    at_text_printf(text, "%s::%s", criterion_current_test->category, criterion_current_test->name);
    if (parameter >= 0)
        at_text_printf(text, "[%d]", (int) parameter);
}

void criterion_alloc_label_add_at(struct at_text *text)
{
    if (parameter >= 0) {
        at_text_add_string(text, " in ");
        criterion_alloc_label_add(text);
    }
    at_text_add_string(text, " at");
}

void criterion_alloc_label_add_prefix(struct at_text *text)
{
    if (parameter < 0)
        return;
    criterion_alloc_label_add(text);
    at_text_add_string(text, ": ");
}
