/* SPDX-License-Identifier: MIT */
/*
 * A streaming reader of JSON (RFC 8259). The caller requests the values in the order in which it
 * expects them. The first difference ends the reading with "FILE:LINE:COL: reason". Memory is one
 * buffer and one string, so neither the size of the file nor deep nesting matters. Uses no malloc,
 * and does not depend on the locale.
 *
 * Every function returns false after the first failure, and reads no further.
 */
#ifndef AT_BASE_JSON_SCAN_H
#define AT_BASE_JSON_SCAN_H

#include "base/json_input.h"

enum { AT_SCAN_MAX_STRING = 1 << 20 }; /* longest string, in bytes */

/* Reads one value, of a member or of an array. `scan->member` is the member's index in its table
   until the function reads. */
typedef bool at_scan_value(struct at_scan *scan, void *context);

struct at_member {
    const char *name; /* NULL in the last row only: any other name */
    at_scan_value *read;
    bool required;
};

/* Read an object with these members, at most 32, in any order. Fail if a member is unknown, appears
   twice, or is required and missing. */
bool at_scan_object(struct at_scan *scan, const struct at_member *members, size_t n, void *context);

/* Begin an object whose first member is "schema". Set `*which` to the index of its value in the `n`
   known names. at_scan_rest() reads the other members. */
bool at_scan_schema(struct at_scan *scan, const char *const *known, size_t n, size_t *which);
bool at_scan_rest(struct at_scan *scan, const struct at_member *members, size_t n, void *context);

/* Read the value of a member "schema", for objects in which the member is not always the first. */
bool at_scan_schema_name(struct at_scan *scan, const char *const *known, size_t n, size_t *which);

/* Read an array. */
bool at_scan_array(struct at_scan *scan, at_scan_value *item, void *context);

/* Read a string of valid UTF-8 without U+0000, at most AT_SCAN_MAX_STRING bytes. The scan owns the
   string, which is valid until the next string or real number is read. */
bool at_scan_string(struct at_scan *scan, const char **string);

/* Read a string that is one of `n` names. Set `*which` to its index. */
bool at_scan_choice(struct at_scan *scan, const char *const *names, size_t n, int *which);

/* Read a whole number of 64 bits, at least `least`. */
bool at_scan_integer(struct at_scan *scan, int64_t least, int64_t *number);

/* Read a number, rounded to the nearest double. Fail if the number is beyond a double's range. */
bool at_scan_real(struct at_scan *scan, double *number);

/* Read `true`. */
bool at_scan_true(struct at_scan *scan);

/* Read a value if it is null; set `*is_null`. */
bool at_scan_is_null(struct at_scan *scan, bool *is_null);

/* Read and ignore a value of any type, nested at most 64 levels deep. */
at_scan_value at_scan_ignored;

/* Require the end of the file, after optional white space. */
bool at_scan_end(struct at_scan *scan);

#endif
