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

/* Only white space contains newlines, so the last token is on the current line. */
struct at_scan_place at_scan_place(const struct at_scan *scan)
{
    return (struct at_scan_place){ scan->line, scan->token - scan->line_start + 1 };
}

static bool fail_with_reason(struct at_scan *scan, struct at_scan_place place, const char *format,
                             va_list args)
{
    if (scan->failed)
        return false;
    scan->failed = true;
    scan->at = scan->end;
    char reason[256];
    vsnprintf(reason, sizeof reason, format, args);
    for (char *c = reason; *c; c++)
        if ((unsigned char) *c < ' ' || *c == 0x7F)
            *c = '?'; /* a string of the file must not send control codes to a terminal */
    snprintf(scan->error, sizeof scan->error, "%.700s:%llu:%llu: %s", scan->path,
             (unsigned long long) place.line, (unsigned long long) place.column, reason);
    return false;
}

bool at_scan_fail(struct at_scan *scan, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_with_reason(scan, at_scan_place(scan), format, args);
    va_end(args);
    return false;
}

bool at_scan_fail_at(struct at_scan *scan, struct at_scan_place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_with_reason(scan, place, format, args);
    va_end(args);
    return false;
}

/* Return whether the unread bytes begin with seven times `c`, as a conflict marker of git does. */
static bool is_conflict_marker(const struct at_scan *scan, int c)
{
    enum { MARKER = 7 };
    if ((c != '<' && c != '=' && c != '>') || scan->end - scan->at < MARKER)
        return false;
    for (size_t i = 0; i < MARKER; i++)
        if (scan->buffer[scan->at + i] != c)
            return false;
    return true;
}

bool at_scan_unexpected(struct at_scan *scan, int c, const char *expected)
{
    if (c == AT_SCAN_END)
        return at_scan_fail(scan, "the file ends where %s is expected", expected);
    if (is_conflict_marker(scan, c))
        return at_scan_fail(scan, "a conflict marker of a merge: take one side of the conflict");
    if (c > ' ' && c < 0x7F)
        return at_scan_fail(scan, "expected %s, not '%c'", expected, c);
    return at_scan_fail(scan, "expected %s, not the byte 0x%02x", expected, (unsigned) c);
}

/* Fail with errno as the reason. The message has no line, because nothing was read. */
static bool fail_with_errno(struct at_scan *scan)
{
    scan->failed = true;
    scan->error_number = errno;
    scan->at = scan->end;
    snprintf(scan->error, sizeof scan->error, "%.700s: %s", scan->path, strerror(errno));
    return false;
}

bool at_scan_open(struct at_scan *scan, const char *path)
{
    *scan = (struct at_scan){ .path = path, .fd = -1, .line = 1 };
    if (strcmp(path, "-") == 0) {
        static bool is_read;
        scan->path = "(standard input)";
        if (is_read)
            return at_scan_fail(scan,
                                "\"-\" is given twice, but can be read only once; name a file");
        is_read = true;
        scan->fd = STDIN_FILENO;
        return true;
    }
    scan->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return scan->fd >= 0 || fail_with_errno(scan);
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
        return fail_with_errno(scan);
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
