/* SPDX-License-Identifier: MIT */
/*
 * One operation as a JSON file, schema "alloc-tracker-operation/1": the crate's fields, the
 * extremes, and under "moments" the exact sums, in hexadecimal, from which a reader restores the
 * operation.
 */
#ifndef AT_SESSION_REPORT_FILES_H
#define AT_SESSION_REPORT_FILES_H

#include <jansson.h>

#include "session/report.h"

#define AT_OPERATION_SCHEMA "alloc-tracker-operation/1"

/* The sums, by name, for writer and reader alike. */
struct at_json_sum {
    const char *name;
    size_t offset; /* in struct at_moments */
};

enum { AT_JSON_SUMS = 8, AT_JSON_COUNTS = 9 };
extern const struct at_json_sum at_json_sums[AT_JSON_SUMS];

/* Whole numbers: the same, and whether they may be negative. */
struct at_json_count {
    const char *name;
    size_t offset;
    bool is_signed;
};
extern const struct at_json_count at_json_counts[AT_JSON_COUNTS];

#endif
