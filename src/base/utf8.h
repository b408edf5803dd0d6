/* SPDX-License-Identifier: MIT */
/*
 * Validation of UTF-8, as in RFC 3629: without overlong forms and surrogates.
 */
#ifndef AT_BASE_UTF8_H
#define AT_BASE_UTF8_H

#include <stddef.h>

/* Return the length in bytes, 1 to 4, of the valid UTF-8 sequence at `at`, or 0 if there is none.
   No byte is read after the first invalid one, so a terminating NUL is sufficient. */
size_t at_utf8_length(const char *at);

#endif
