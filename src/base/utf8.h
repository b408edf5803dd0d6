/* SPDX-License-Identifier: MIT */
/*
 * Is this text? RFC 3629, which allows neither overlong forms nor surrogates.
 */
#ifndef AT_BASE_UTF8_H
#define AT_BASE_UTF8_H

#include <stddef.h>

/* The length of the valid UTF-8 sequence at `at`, 1 to 4, or 0 where there is none. Reads no byte
   beyond the first that does not belong, so a terminating NUL is enough. */
size_t at_utf8_length(const char *at);

#endif
