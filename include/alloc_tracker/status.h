/* SPDX-License-Identifier: MIT */
/*
 * The result of a function that can fail. If usage exceeds a budget, this is a verdict, not an
 * error status.
 *
 * The comments of all headers state whether a function may be called "inside an allocation". Code
 * runs inside an allocation if an allocation or release function has called it, directly or
 * indirectly, and has not yet returned. docs/semantics.md has examples.
 */
#ifndef ALLOC_TRACKER_STATUS_H
#define ALLOC_TRACKER_STATUS_H

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

enum at_status {
    AT_OK = 0,
    AT_ERROR_NO_MEMORY,        /* the kernel refused memory for this library's tables */
    AT_ERROR_INVALID_ARGUMENT, /* a parameter is outside its documented range */
    AT_ERROR_UNOBSERVED,       /* allocations cannot be observed: see at_is_observable() */
    AT_ERROR_IO,               /* a file, directory or stream could not be read or written */
    AT_ERROR_FORMAT,           /* a file does not have the expected format */
    AT_ERROR_COLLISION,        /* two operations have the same file name */
};

/*
 * Return a description of `status`: lower case, without a full stop, in static storage. The result
 * is never NULL, even if the enumeration does not have the value of `status`.
 *
 * Thread-safe. May be called inside an allocation.
 */
AT_API const char *at_status_string(enum at_status status);

AT_END_DECLS

#endif
