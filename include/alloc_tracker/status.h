/* SPDX-License-Identifier: MIT */
/*
 * What a fallible function answers. Going over a budget is a verdict, not an error.
 */
#ifndef ALLOC_TRACKER_STATUS_H
#define ALLOC_TRACKER_STATUS_H

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

enum at_status {
    AT_OK = 0,
    AT_ERROR_NO_MEMORY,        /* the kernel refused memory for our own tables */
    AT_ERROR_INVALID_ARGUMENT, /* a parameter is outside its documented range */
    AT_ERROR_UNOBSERVED,       /* allocations cannot be observed: see at_is_observable() */
    AT_ERROR_IO,               /* a file, directory or stream could not be read or written */
    AT_ERROR_FORMAT,           /* a file's content is not what it should be */
    AT_ERROR_COLLISION,        /* two operations come to the same file name */
};

/*
 * A sentence fragment for `status`, lower case, without a full stop; never NULL, also for values
 * outside the enumeration. Static storage. Any thread; may be called inside an allocation.
 */
AT_API const char *at_status_string(enum at_status status);

AT_END_DECLS

#endif
