/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 as in RFC 3629, which allows neither overlong forms nor surrogates. Thread-safe.
 */
#ifndef AT_BASE_UTF8_H
#define AT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Return the length of the UTF-8 sequence at `at`, 1 to 4 bytes, or 0 if the bytes are not valid.
   Read no byte after the first invalid one, so a terminating NUL ends the sequence. */
size_t at_utf8_length(const char *at);

/* Return whether the string is valid UTF-8. */
bool at_utf8_is_valid(const char *string);

#endif
