/* SPDX-License-Identifier: MIT */
/*
 * A writer of JSON (RFC 8259) that appends to a growing text. It runs in the measured process:
 * it uses no malloc, and does not depend on the locale.
 */
#ifndef AT_BASE_JSON_TEXT_H
#define AT_BASE_JSON_TEXT_H

#include <stdint.h>

#include "base/text.h"

/* Append `string` in quotes and escaped. U+FFFD replaces each byte that is not UTF-8. */
void at_json_string(struct at_text *text, const char *string);

/* Append `string` escaped, without quotes. */
void at_json_escape(struct at_text *text, const char *string);

/* Append a finite number with 17 significant digits, which identify each double, and with a point
   or an exponent: 0.5, 500.0, 1e22. */
void at_json_real(struct at_text *text, double number);

/* Append "name": and the value, after a comma unless the member is the first of its object. */
void at_json_name(struct at_text *text, const char *name);
void at_json_member(struct at_text *text, const char *name, const char *string);
void at_json_integer(struct at_text *text, const char *name, int64_t n);
void at_json_count(struct at_text *text, const char *name, uint64_t n);

/* Append a comma unless the next value is the first after { or [. */
void at_json_separate(struct at_text *text);

/* Begin a line, indented by two spaces for each level, for a member or a closing bracket. */
void at_json_line(struct at_text *text, int level);

#endif
