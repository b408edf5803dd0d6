/* SPDX-License-Identifier: MIT */
/* See json_scan.h. */
#include "base/json_scan.h"

#include <errno.h>
#include <string.h>

#include "base/utf8.h"

enum { MAX_STRING = AT_SCAN_MAX_STRING, MAX_DEPTH = 64 };

static bool expect_byte(struct at_scan *scan, char wanted, const char *name)
{
    int c = at_scan_next(scan);
    if (c != wanted)
        return at_scan_unexpected(scan, c, name);
    scan->at++;
    return true;
}

static void add_utf8(struct at_text *text, unsigned code)
{
    char bytes[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = { 0, 0x00, 0xC0, 0xE0, 0xF0 };
    for (size_t i = n; i-- > 1; code >>= 6)
        bytes[i] = (char) (0x80 | (code & 0x3F));
    bytes[0] = (char) (first[n] | code);
    at_text_add(text, bytes, n);
}

static bool take_hex(struct at_scan *scan, unsigned *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        int c = at_scan_take(scan);
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return at_scan_fail(scan, "\\u needs four hexadecimal digits");
        *code = *code << 4 | (unsigned) digit;
    }
    return true;
}

static bool take_unicode(struct at_scan *scan)
{
    unsigned code, low;
    if (!take_hex(scan, &code))
        return false;
    if (code == 0)
        return at_scan_fail(scan, "a string must not contain U+0000");
    if (code >= 0xDC00 && code <= 0xDFFF)
        return at_scan_fail(scan, "half of a surrogate pair");
    if (code >= 0xD800 && code <= 0xDBFF) {
        /* NOLINTNEXTLINE(misc-redundant-expression): each call takes another character */
        if (at_scan_take(scan) != '\\' || at_scan_take(scan) != 'u' || !take_hex(scan, &low)
            || low < 0xDC00 || low > 0xDFFF)
            return at_scan_fail(scan, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    add_utf8(&scan->string, code);
    return true;
}

static bool take_escape(struct at_scan *scan)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int c = at_scan_take(scan);
    if (c == 'u')
        return take_unicode(scan);
    const char *found = c > 0 ? strchr(from, c) : NULL;
    if (!found)
        return at_scan_fail(scan, "unknown escape in a string");
    at_text_add(&scan->string, &to[found - from], 1);
    return true;
}

static const bool ends_plain[256] = { [0 ... ' ' - 1] = true, ['"'] = true, ['\\'] = true };

/* Append the bytes of the buffer before the next quote, backslash or control character to the
   string. Return whether all of them are ASCII. */
static bool take_plain(struct at_scan *scan)
{
    const unsigned char *from = scan->buffer + scan->at, *end = scan->buffer + scan->end,
                        *at = from;
    unsigned char high = 0;
    while (at < end && !ends_plain[*at])
        high |= *at++;
    at_text_add(&scan->string, (const char *) from, (size_t) (at - from));
    scan->at += (size_t) (at - from);
    return high < 0x80;
}

static bool end_string(struct at_scan *scan, bool ascii, const char **string)
{
    scan->at++;
    if (!ascii && !at_utf8_is_valid(at_text_get(&scan->string)))
        return at_scan_fail(scan, "a string that is not UTF-8");
    if (scan->string.truncated) {
        scan->error_number = ENOMEM;
        return at_scan_fail(scan, "out of memory");
    }
    *string = at_text_get(&scan->string);
    return true;
}

/* Read a string without escapes that is in the buffer as a whole, and use the buffer's bytes as the
   string: a NUL replaces the closing quote. Return false, with nothing read, for any other string.
 */
static bool take_in_place(struct at_scan *scan, const char **string)
{
    unsigned char *from = scan->buffer + scan->at, *end = scan->buffer + scan->end, *at = from;
    unsigned char high = 0;
    while (at < end && !ends_plain[*at])
        high |= *at++;
    if (at == end || *at != '"')
        return false;
    *at = '\0';
    if (high >= 0x80 && !at_utf8_is_valid((const char *) from)) {
        *at = '"';
        return false;
    }
    scan->at += (size_t) (at - from) + 1;
    *string = (const char *) from;
    return true;
}

bool at_scan_string(struct at_scan *scan, const char **string)
{
    if (!expect_byte(scan, '"', "a string"))
        return false;
    if (take_in_place(scan, string))
        return true;
    scan->string.length = 0;
    at_text_add(&scan->string, "", 0);
    for (bool ascii = true;;) {
        int c = at_scan_peek(scan);
        if (c == '"')
            return end_string(scan, ascii, string);
        if (c == AT_SCAN_END)
            return at_scan_fail(scan, "the file ends in a string");
        if (c < ' ')
            return at_scan_fail(scan, "a control character in a string");
        if (c != '\\')
            ascii &= take_plain(scan);
        else if (scan->at++, !take_escape(scan))
            return false;
        if (scan->string.length > MAX_STRING)
            return at_scan_fail(scan, "a string longer than 1 MiB");
    }
}

bool at_scan_choice(struct at_scan *scan, const char *const *names, size_t n, int *which)
{
    const char *string;
    if (!at_scan_string(scan, &string))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(string, names[i]) == 0) {
            *which = (int) i;
            return true;
        }
    }
    return at_scan_fail(scan, "unknown value \"%s\"", string);
}

static bool expect_word(struct at_scan *scan, const char *word)
{
    for (const char *c = word; *c; c++)
        if (at_scan_take(scan) != *c)
            return at_scan_fail(scan, "expected %s", word);
    return true;
}

bool at_scan_true(struct at_scan *scan)
{
    at_scan_next(scan);
    return expect_word(scan, "true");
}

bool at_scan_is_null(struct at_scan *scan, bool *is_null)
{
    *is_null = at_scan_next(scan) == 'n';
    return *is_null ? expect_word(scan, "null") : !scan->failed;
}

static bool ignore_by_first_byte(struct at_scan *scan)
{
    static const struct at_member any = { NULL, at_scan_ignored, false };
    const char *string;
    double number;
    switch (at_scan_next(scan)) {
        case '"': return at_scan_string(scan, &string);
        case '{': return at_scan_object(scan, &any, 1, NULL);
        case '[': return at_scan_array(scan, at_scan_ignored, NULL);
        case 't': return expect_word(scan, "true");
        case 'f': return expect_word(scan, "false");
        case 'n': return expect_word(scan, "null");
        default: return at_scan_real(scan, &number);
    }
}

bool at_scan_ignored(struct at_scan *scan, void *unused)
{
    (void) unused;
    if (scan->depth == MAX_DEPTH)
        return at_scan_fail(scan, "an unknown member is nested too deeply");
    scan->depth++;
    bool good = ignore_by_first_byte(scan);
    scan->depth--;
    return good;
}

bool at_scan_array(struct at_scan *scan, at_scan_value *item, void *context)
{
    if (!expect_byte(scan, '[', "an array"))
        return false;
    if (at_scan_next(scan) == ']') {
        scan->at++;
        return true;
    }
    for (;;) {
        if (!item(scan, context))
            return false;
        int c = at_scan_next(scan);
        if (c != ',' && c != ']')
            return at_scan_unexpected(scan, c, "',' or ']'");
        scan->at++;
        if (c == ']')
            return true;
    }
}

/* Read `"name":` if exactly these bytes are next, as in files of our own writers. */
static bool take_name(struct at_scan *scan, const char *name)
{
    const unsigned char *at = scan->buffer + scan->at;
    size_t n = name ? strlen(name) : 0;
    if (!name || scan->end - scan->at < n + 3 || at[0] != '"' || memcmp(at + 1, name, n) != 0
        || at[n + 1] != '"' || at[n + 2] != ':')
        return false;
    scan->at += n + 3;
    return true;
}

/* Return the index of the member `name`, first trying the `first`th; of the member without a name
   if there is none of that name; `n` if there is neither. */
static size_t find_member(const struct at_member *members, size_t n, size_t first, const char *name)
{
    size_t i = first % n;
    for (size_t tried = 0; tried < n; tried++, i = (i + 1) % n)
        if (members[i].name && strcmp(name, members[i].name) == 0)
            return i;
    return members[n - 1].name ? n : n - 1;
}

/* Read a member's name and the colon after it, and set scan->member. `first` is the index of the
   member that is probably next. */
static bool scan_name(struct at_scan *scan, const struct at_member *members, size_t n,
                      uint32_t *seen, size_t first)
{
    const char *name = NULL;
    size_t i = first % n;
    at_scan_next(scan);
    if (!take_name(scan, members[i].name)) {
        if (!at_scan_string(scan, &name))
            return false;
        i = find_member(members, n, first, name);
    }
    if (i == n)
        return at_scan_fail(scan, "unknown member \"%s\"", name);
    if (members[i].name && *seen & 1u << i)
        return at_scan_fail(scan, "member \"%s\" appears twice", members[i].name);
    *seen |= 1u << i;
    scan->member = i;
    return !name || expect_byte(scan, ':', "':'");
}

static bool scan_members(struct at_scan *scan, const struct at_member *members, size_t n,
                         void *context, bool first)
{
    uint32_t seen = 0;
    size_t next = 0; /* most files have their members in the order of the table */
    for (int c = at_scan_next(scan); c != '}'; c = at_scan_next(scan)) {
        if (!first && !expect_byte(scan, ',', "',' or '}'"))
            return false;
        first = false;
        if (!scan_name(scan, members, n, &seen, next))
            return false;
        next = scan->member + 1;
        if (!members[scan->member].read(scan, context))
            return false;
    }
    scan->at++;
    for (size_t i = 0; i < n; i++)
        if (members[i].required && !(seen & 1u << i))
            return at_scan_fail(scan, "member \"%s\" is missing", members[i].name);
    return !scan->failed;
}

bool at_scan_object(struct at_scan *scan, const struct at_member *members, size_t n, void *context)
{
    return expect_byte(scan, '{', "an object") && scan_members(scan, members, n, context, true);
}

bool at_scan_rest(struct at_scan *scan, const struct at_member *members, size_t n, void *context)
{
    return scan_members(scan, members, n, context, false);
}

bool at_scan_schema(struct at_scan *scan, const char *const *known, size_t n, size_t *which)
{
    const char *string;
    if (!expect_byte(scan, '{', "an object") || !at_scan_string(scan, &string))
        return false;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): set because the call returned true */
    if (strcmp(string, "schema") != 0)
        return at_scan_fail(scan, "expected member \"schema\" first");
    return expect_byte(scan, ':', "':'") && at_scan_schema_name(scan, known, n, which);
}

bool at_scan_schema_name(struct at_scan *scan, const char *const *known, size_t n, size_t *which)
{
    const char *string;
    if (!at_scan_string(scan, &string))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(string, known[i]) == 0) {
            *which = i;
            return true;
        }
    }
    return at_scan_fail(scan, "schema \"%s\"; this version reads \"%s\"%s%s%s", string, known[0],
                        n > 1 ? " and \"" : "", n > 1 ? known[1] : "", n > 1 ? "\"" : "");
}

bool at_scan_end(struct at_scan *scan)
{
    int c = at_scan_next(scan);
    return c == AT_SCAN_END ? !scan->failed : at_scan_unexpected(scan, c, "the end of the file");
}
