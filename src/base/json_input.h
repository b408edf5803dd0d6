/* SPDX-License-Identifier: MIT */
/*
 * A file's bytes, one after the other, with the position of each token for whoever must complain:
 * "FILE:LINE:COL: reason". Lines and columns count from 1, columns in bytes. Once anything has
 * failed, the file is at its end.
 */
#ifndef AT_BASE_JSON_INPUT_H
#define AT_BASE_JSON_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc_tracker/attributes.h"
#include "base/text.h"

enum { AT_SCAN_BUFFER = 1 << 16, AT_SCAN_END = -1 };

struct at_scan_place {
    uint64_t line;
    uint64_t column;
};

struct at_scan {
    const char *path;
    int fd;
    size_t at, end;        /* what of the buffer is unread */
    uint64_t passed;       /* bytes of the file before the buffer */
    uint64_t line;         /* of the next byte */
    uint64_t line_start;   /* that line's offset in the file */
    uint64_t token;        /* the last token's offset in the file */
    struct at_text string; /* the last string */
    size_t member;         /* whose value is to be read next, in its object's table */
    bool failed;
    char error[512]; /* "FILE:LINE:COL: reason" */
    unsigned char buffer[AT_SCAN_BUFFER];
};

/* Opens a file, "-" for standard input. Whatever it answers, at_scan_close() ends it. */
bool at_scan_open(struct at_scan *scan, const char *path);
void at_scan_close(struct at_scan *scan);

/* Where the last token begins. */
struct at_scan_place at_scan_place(const struct at_scan *scan);

/* Fails at the last token, or at a place; always false. The first failure is the one that counts.
 */
bool at_scan_fail(struct at_scan *scan, const char *format, ...) AT_PRINTF(2, 3);
bool at_scan_fail_at(struct at_scan *scan, struct at_scan_place place, const char *format, ...)
    AT_PRINTF(3, 4);

/* Reads on where the buffer is empty; false at the end of the file. */
bool at_scan_refill(struct at_scan *scan);

/* The next byte, which stays (peek) or is read (take), or AT_SCAN_END. */
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

/* Skips white space and answers the byte, which stays, at which the next token begins. */
int at_scan_skip(struct at_scan *scan);
static inline int at_scan_next(struct at_scan *scan)
{
    int c = at_scan_peek(scan);
    if (c <= ' ')
        c = at_scan_skip(scan);
    scan->token = scan->passed + scan->at;
    return c;
}

#endif
