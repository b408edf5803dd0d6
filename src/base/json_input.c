/* SPDX-License-Identifier: MIT */
/* See json_input.h. */
#define _GNU_SOURCE
#include "base/json_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Only white space has newlines, so a token's line is the current one. */
struct at_scan_place at_scan_place(const struct at_scan *scan)
{
    return (struct at_scan_place){ scan->line, scan->token - scan->line_start + 1 };
}

static bool fail(struct at_scan *scan, struct at_scan_place place, const char *format, va_list args)
{
    if (scan->failed)
        return false;
    scan->failed = true;
    scan->at = scan->end; /* nothing is left to read */
    char reason[256];
    vsnprintf(reason, sizeof reason, format, args);
    for (char *c = reason; *c; c++)
        if ((unsigned char) *c < ' ' || *c == 0x7F)
            *c = '?'; /* a name from a file must not steer a terminal */
    snprintf(scan->error, sizeof scan->error, "%.200s:%llu:%llu: %s", scan->path,
             (unsigned long long) place.line, (unsigned long long) place.column, reason);
    return false;
}

bool at_scan_fail(struct at_scan *scan, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(scan, at_scan_place(scan), format, args);
    va_end(args);
    return false;
}

bool at_scan_fail_at(struct at_scan *scan, struct at_scan_place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(scan, place, format, args);
    va_end(args);
    return false;
}

/* A file that cannot be read has no line to point at. */
static bool fail_system(struct at_scan *scan)
{
    scan->failed = true;
    scan->at = scan->end;
    snprintf(scan->error, sizeof scan->error, "%.200s: %s", scan->path, strerror(errno));
    return false;
}

bool at_scan_open(struct at_scan *scan, const char *path)
{
    *scan = (struct at_scan){ .path = path, .fd = -1, .line = 1 };
    if (strcmp(path, "-") == 0) {
        static bool is_read;
        scan->path = "(standard input)";
        if (is_read)
            return at_scan_fail(scan, "it can be read once only; \"-\" is given twice");
        is_read = true;
        scan->fd = STDIN_FILENO;
        return true;
    }
    scan->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return scan->fd >= 0 || fail_system(scan);
}

void at_scan_close(struct at_scan *scan)
{
    if (scan->fd > STDIN_FILENO)
        close(scan->fd);
    at_text_free(&scan->string);
    scan->fd = -1;
}

bool at_scan_refill(struct at_scan *scan)
{
    if (scan->failed)
        return false;
    scan->passed += scan->end;
    scan->at = scan->end = 0;
    ssize_t n;
    do
        n = read(scan->fd, scan->buffer, AT_SCAN_BUFFER);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail_system(scan);
    scan->end = (size_t) n;
    return n > 0;
}

int at_scan_skip(struct at_scan *scan)
{
    int c;
    while ((c = at_scan_peek(scan)) == ' ' || c == '\n' || c == '\r' || c == '\t') {
        scan->at++;
        if (c == '\n') {
            scan->line++;
            scan->line_start = scan->passed + scan->at;
        }
    }
    return c;
}
