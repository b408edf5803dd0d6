/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a JSON file in their order, and the position of each token, for error messages of
 * the form "FILE:LINE:COL: reason". Lines and columns count from 1, columns in bytes.
 *
 * After the first failure the file is at its end: no function reads any further, and the first
 * message stays. One thread at a time may use a `struct at_scan`. Uses no malloc.
 */
#ifndef AT_BASE_JSON_INPUT_H
#define AT_BASE_JSON_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc_tracker/attributes.h"
#include "base/text.h"

enum { AT_SCAN_BUFFER = 1 << 16, AT_SCAN_END = -1 };

/* A position in a file. */
struct at_scan_place {
    uint64_t line;
    uint64_t column;
};

/* An open file. Too large for a thread's stack: take it from at_pages_new(), or in a command from
   malloc(). */
struct at_scan {
    const char *path;
    int fd;
    size_t at, end;        /* the unread part of the buffer */
    uint64_t passed;       /* number of bytes of the file before the buffer */
    uint64_t line;         /* line of the next byte */
    uint64_t line_start;   /* offset of that line in the file */
    uint64_t token;        /* offset of the last token in the file */
    struct at_text string; /* the last string or number that was not used in the buffer */
    size_t member;         /* index of the member whose value is next, in its object's table */
    int depth;             /* nesting of ignored values */
    bool failed;
    int error_number; /* errno if the file could not be opened or read, ENOMEM if memory ran out;
                         else 0 */
    char error[1024]; /* "FILE:LINE:COL: reason" */
    unsigned char buffer[AT_SCAN_BUFFER];
};

/* Open the file `path`; "-" is standard input. Return false on failure, with the message in
   `scan->error`. In both cases at_scan_close() must follow. */
bool at_scan_open(struct at_scan *scan, const char *path);
void at_scan_close(struct at_scan *scan);

/* Return the position of the last token. */
struct at_scan_place at_scan_place(const struct at_scan *scan);

/* Fail at the last token, or at `place`, with a reason. Return false. */
bool at_scan_fail(struct at_scan *scan, const char *format, ...) AT_PRINTF(2, 3);
bool at_scan_fail_at(struct at_scan *scan, struct at_scan_place place, const char *format, ...)
    AT_PRINTF(3, 4);

/* Fail because the next byte is `c` and not what `expected` describes. Return false. */
bool at_scan_unexpected(struct at_scan *scan, int c, const char *expected);

/* Fill the empty buffer from the file. Return false at the end of the file. */
bool at_scan_refill(struct at_scan *scan);

/* Return the next byte, or AT_SCAN_END. "Peek" leaves the byte unread, "take" reads it. */
static inline int at_scan_peek(struct at_scan *scan)
{
    return scan->at < scan->end || at_scan_refill(scan) ? scan->buffer[scan->at] : AT_SCAN_END;
}

static inline int at_scan_take(struct at_scan *scan)
{
    int c = at_scan_peek(scan);
    scan->at += c != AT_SCAN_END;
    return c;
}

/* Skip white space. Return the byte after it, or AT_SCAN_END; the byte stays unread. */
int at_scan_skip(struct at_scan *scan);

/* Skip white space and begin a token. Return the token's first byte, which stays unread. */
static inline int at_scan_next(struct at_scan *scan)
{
    int c = at_scan_peek(scan);
    if (c <= ' ')
        c = at_scan_skip(scan);
    scan->token = scan->passed + scan->at;
    return c;
}

#endif
