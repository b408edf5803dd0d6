/* SPDX-License-Identifier: MIT */
/* See switch.h. */
#include "verdict/switch.h"

#include <string.h>

const char at_switch_off_reason[] =
    "ALLOC_TRACKER=off: nothing is measured, and no limit is checked; unset ALLOC_TRACKER to "
    "measure";

const char at_switch_invalid_reason[] =
    "ALLOC_TRACKER: the value is invalid; write ALLOC_TRACKER=off or ALLOC_TRACKER=on, or unset "
    "ALLOC_TRACKER";

enum at_switch at_switch_parse(const char *value)
{
    if (!value || !*value || strcmp(value, "on") == 0)
        return AT_SWITCH_ON;
    return strcmp(value, "off") == 0 ? AT_SWITCH_OFF : AT_SWITCH_INVALID;
}
