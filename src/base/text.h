/* SPDX-License-Identifier: MIT */
/*
 * A growing string in pages of our own, so that a message can be written inside an allocation.
 * Zero-initialised is empty and valid; at_text_free() releases it. When the kernel refuses memory
 * the text keeps what it has and `truncated` is set. Formatting understands %s %c %d %u %zu %lu
 * %llu %lld %x %p %% and the widths and precisions of vsnprintf, which does the work.
 */
#ifndef AT_BASE_TEXT_H
#define AT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc_tracker/attributes.h"

struct at_text {
    char *data; /* NUL-terminated once anything was added, NULL before */
    size_t length;
    size_t capacity;
    bool truncated;
};

void at_text_add(struct at_text *text, const char *bytes, size_t n);
void at_text_add_string(struct at_text *text, const char *string);
void at_text_printf(struct at_text *text, const char *format, ...) AT_PRINTF(2, 3);

/* Appends `n` in decimal, and with thousands separated by commas: 72,704. */
void at_text_add_digits(struct at_text *text, uint64_t n);
void at_text_add_count(struct at_text *text, uint64_t n);
void at_text_add_number(struct at_text *text, int64_t n);

/* "" for an empty text. Valid until the next addition. */
const char *at_text_get(const struct at_text *text);

/* Writes all of it to `fd` with write(2), past interruptions and partial writes. Keeps errno. */
void at_text_write(const struct at_text *text, int fd);

void at_text_free(struct at_text *text);

#endif
