/* SPDX-License-Identifier: MIT */
/*
 * A growing string in pages of our own, so that a message can be written inside an allocation.
 *
 * A zero-initialised text is empty and valid; at_text_free() releases its memory. If the kernel
 * refuses memory, an addition is dropped and `truncated` is set. Not thread-safe.
 */
#ifndef AT_BASE_TEXT_H
#define AT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc_tracker/attributes.h"

struct at_text {
    char *data; /* NUL-terminated; NULL before the first addition */
    size_t length;
    size_t capacity;
    bool truncated;
};

/* Append `n` bytes, a string, or a formatted string as vsnprintf() makes it. The last one must not
   need memory from malloc: no floating-point numbers, no wide characters. */
void at_text_add(struct at_text *text, const char *bytes, size_t n);
void at_text_add_string(struct at_text *text, const char *string);
void at_text_printf(struct at_text *text, const char *format, ...) AT_PRINTF(2, 3);

/* Append `n` in decimal. at_text_add_count() and at_text_add_number() separate thousands by commas:
   72,704. */
void at_text_add_digits(struct at_text *text, uint64_t n);
void at_text_add_count(struct at_text *text, uint64_t n);
void at_text_add_number(struct at_text *text, int64_t n);

/* Return the string, "" for an empty text. Valid until the next addition. */
const char *at_text_get(const struct at_text *text);

/* Write the whole text to `fd` with write(2). Interruptions and partial writes are continued; other
   errors end the output. Keeps errno. */
void at_text_write(const struct at_text *text, int fd);

/* Release the memory. The text is empty and valid afterwards. */
void at_text_free(struct at_text *text);

#endif
