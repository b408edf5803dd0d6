/* SPDX-License-Identifier: MIT */
/*
 * One operation of a report as a JSON file, schema "alloc-tracker-operation/1": the totals, the
 * statistics, the extremes, and under "moments" the exact sums in hexadecimal, from which the
 * reader restores the operation. docs/reference/report.md lists the fields.
 */
#ifndef AT_SESSION_REPORT_JSON_H
#define AT_SESSION_REPORT_JSON_H

#include "base/json_scan.h"
#include "session/report.h"

/* Append the operation. Return NULL, or, with nothing appended, why JSON cannot represent it. */
const char *at_report_json_write(struct at_text *text, const struct at_report_row *row);

/* Read an operation, up to the end of the file. Append its name and a NUL to `name`. Return false
   with a message in the scan. Members that this version does not know are ignored. */
bool at_report_json_read(struct at_scan *scan, struct at_text *name, struct at_moments *moments);

#endif
