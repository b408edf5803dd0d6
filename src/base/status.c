/* SPDX-License-Identifier: MIT */
/* The text of each enum at_status. */
#include "alloc_tracker/status.h"

const char *at_status_string(enum at_status status)
{
    switch (status) {
        case AT_OK: return "success";
        case AT_ERROR_NO_MEMORY: return "out of memory for the tracker's own tables";
        case AT_ERROR_INVALID_ARGUMENT: return "invalid argument";
        case AT_ERROR_UNOBSERVED: return "allocations cannot be observed in this process";
        case AT_ERROR_IO: return "input or output failed";
        case AT_ERROR_FORMAT: return "a file is not in the expected format";
        case AT_ERROR_COLLISION: return "two operations have the same file name";
    }
    return "unknown status";
}
