/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON (RFC 8259) as it streams by: the caller says what it expects next, and the first thing
 * that is otherwise ends the reading with FILE:LINE:COL and the reason. Memory is one buffer and
 * one string, and nothing recurses but the caller, so neither a huge file nor deep nesting costs
 * anything.
 *
 * Every function answers false once anything has failed, and then reads no further.
 */
#ifndef AT_BASE_JSON_SCAN_H
#define AT_BASE_JSON_SCAN_H

#include "base/json_input.h"

/* What reads one value, of a member or of an array. Where one function reads several members,
   scan->member tells which, until it reads. */
typedef bool at_scan_value(struct at_scan *scan, void *context);

struct at_member {
    const char *name;
    at_scan_value *read;
    bool required;
};

/*
 * An object of these members, at most 32, in any order. An unknown or a repeated one, and one that
 * is required and missing, fails.
 */
bool at_scan_object(struct at_scan *scan, const struct at_member *members, size_t n, void *context);

/* An object whose first member is "schema"; answers which of the `n` known names is its value.
   at_scan_rest() reads the other members. */
bool at_scan_schema(struct at_scan *scan, const char *const *known, size_t n, size_t *which);
bool at_scan_rest(struct at_scan *scan, const struct at_member *members, size_t n, void *context);

bool at_scan_array(struct at_scan *scan, at_scan_value *item, void *context);

/* A string of valid UTF-8 without U+0000, at most 1 MiB; valid until the next. */
bool at_scan_string(struct at_scan *scan, const char **string);

/* A string that is one of `n` names. */
bool at_scan_choice(struct at_scan *scan, const char *const *names, size_t n, int *which);

/* A whole number of 64 bits with its sign; of at least `least`. */
bool at_scan_integer(struct at_scan *scan, int64_t least, int64_t *number);

bool at_scan_true(struct at_scan *scan);

/* Is the next value null? It then is read. */
bool at_scan_is_null(struct at_scan *scan, bool *is_null);

/* Nothing follows but white space. */
bool at_scan_end(struct at_scan *scan);

#endif
