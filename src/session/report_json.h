/* SPDX-License-Identifier: MIT */
/*
 * One operation of a report as a JSON file, schema "alloc-tracker-operation/1": the totals and
 * estimates under the names that the Rust crate alloc_tracker uses, more statistics, the extremes,
 * and under "moments" the exact sums in hexadecimal, from which the reader restores the operation.
 * docs/reference/report.md lists the fields.
 *
 * A file of the crate has no schema, and only the members with its names. The reader accepts such a
 * file, too. An operation without sums is written as the crate writes it.
 */
#ifndef AT_SESSION_REPORT_JSON_H
#define AT_SESSION_REPORT_JSON_H

#include "base/json_scan.h"
#include "session/report.h"

/* Append the operation. Return NULL, or, with nothing appended, why JSON cannot represent it. */
const char *at_report_json_write(struct at_text *text, const struct at_report_row *row);

/* Read an operation, up to the end of the file. Append its name and a NUL to `name`; the name in
   `*row` is NULL. Return false with a message in the scan. Members that this version does not know
   are ignored. */
bool at_report_json_read(struct at_scan *scan, struct at_text *name, struct at_report_row *row);

#endif
