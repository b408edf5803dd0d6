/* SPDX-License-Identifier: MIT */
/* See text.h. */
#define _GNU_SOURCE
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/pages.h"

enum { FIRST_CAPACITY = 4096 };

static bool reserve(struct at_text *text, size_t extra)
{
    if (text->length + extra < text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
    while (capacity <= text->length + extra)
        capacity *= 2;
    char *data = at_pages_new(capacity);
    if (!data) {
        text->truncated = true;
        return false;
    }
    if (text->data)
        memcpy(data, text->data, text->length);
    at_pages_free(text->data, text->capacity);
    text->data = data;
    text->capacity = capacity;
    return true;
}

void at_text_add(struct at_text *text, const char *bytes, size_t n)
{
    if (!reserve(text, n))
        return;
    memcpy(text->data + text->length, bytes, n);
    text->length += n;
    text->data[text->length] = '\0';
}

void at_text_add_string(struct at_text *text, const char *string)
{
    at_text_add(text, string, strlen(string));
}

void at_text_printf(struct at_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): by va_start() on the line before */
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !reserve(text, (size_t) n))
        return;
    va_start(args, format);
    vsnprintf(text->data + text->length, (size_t) n + 1, format, args);
    va_end(args);
    text->length += (size_t) n;
}

enum { MAX_DIGITS = 20 }; /* of 64 bits */

/* Write the decimal digits of `n` to the end of the buffer, and return where they begin. */
static char *format_digits(char digits[MAX_DIGITS], uint64_t n)
{
    char *first = digits + MAX_DIGITS;
    do
        *--first = (char) ('0' + n % 10);
    while ((n /= 10) != 0);
    return first;
}

void at_text_add_digits(struct at_text *text, uint64_t n)
{
    char digits[MAX_DIGITS];
    const char *first = format_digits(digits, n);
    at_text_add(text, first, (size_t) (digits + MAX_DIGITS - first));
}

void at_text_add_count(struct at_text *text, uint64_t n)
{
    char digits[MAX_DIGITS];
    const char *first = format_digits(digits, n);
    for (const char *digit = first; digit < digits + MAX_DIGITS; digit++) {
        if (digit > first && (digits + MAX_DIGITS - digit) % 3 == 0)
            at_text_add(text, ",", 1);
        at_text_add(text, digit, 1);
    }
}

void at_text_add_number(struct at_text *text, int64_t n)
{
    if (n < 0)
        at_text_add(text, "-", 1);
    at_text_add_count(text, n < 0 ? 0 - (uint64_t) n : (uint64_t) n);
}

const char *at_text_get(const struct at_text *text)
{
    return text->data ? text->data : "";
}

void at_text_write(const struct at_text *text, int fd)
{
    int saved = errno;
    for (size_t done = 0; done < text->length;) {
        ssize_t n = write(fd, text->data + done, text->length - done);
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0)
            done += (size_t) n;
    }
    errno = saved;
}

void at_text_free(struct at_text *text)
{
    at_pages_free(text->data, text->capacity);
    *text = (struct at_text){ 0 };
}
