/* SPDX-License-Identifier: MIT */
/*
 * JSON on a growing text, for writers that run in the measured process: no malloc, no library.
 * RFC 8259.
 */
#ifndef AT_BASE_JSON_TEXT_H
#define AT_BASE_JSON_TEXT_H

#include <stdint.h>

#include "base/text.h"

/* Appends `string` quoted and escaped; what is not UTF-8 becomes U+FFFD. */
void at_json_string(struct at_text *text, const char *string);

/* The same without the quotes. */
void at_json_escape(struct at_text *text, const char *string);

/* Appends "name": and the value, with a comma before it unless it is the first after { or [. */
void at_json_name(struct at_text *text, const char *name);
void at_json_member(struct at_text *text, const char *name, const char *string);
void at_json_integer(struct at_text *text, const char *name, int64_t n);
void at_json_count(struct at_text *text, const char *name, uint64_t n);

/* The comma alone, where one is due. */
void at_json_separate(struct at_text *text);

#endif
