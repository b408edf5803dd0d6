/* SPDX-License-Identifier: MIT */
/* See json_scan.h. */
#include "base/json_scan.h"

#include <string.h>

#include "base/utf8.h"

enum { MAX_STRING = 1 << 20, SAFE_DIGITS = 18 };

static bool unexpected(struct at_scan *scan, int c, const char *expected)
{
    if (c == AT_SCAN_END)
        return at_scan_fail(scan, "the file ends where %s is expected", expected);
    if (c > ' ' && c < 0x7F)
        return at_scan_fail(scan, "expected %s, not '%c'", expected, c);
    return at_scan_fail(scan, "expected %s, not the byte 0x%02x", expected, (unsigned) c);
}

static bool expect(struct at_scan *scan, char wanted, const char *name)
{
    int c = at_scan_next(scan);
    if (c != wanted)
        return unexpected(scan, c, name);
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
        return at_scan_fail(scan, "a string must not hold U+0000");
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

/* Takes what stands in the buffer up to the next byte that means something; was all of it ASCII? */
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

static bool is_utf8(const char *string)
{
    size_t n = 1;
    for (; n && *string; string += n)
        n = at_utf8_length(string);
    return n > 0;
}

static bool end_string(struct at_scan *scan, bool ascii, const char **string)
{
    scan->at++;
    if (!ascii && !is_utf8(at_text_get(&scan->string)))
        return at_scan_fail(scan, "a string that is not UTF-8");
    if (scan->string.truncated)
        return at_scan_fail(scan, "out of memory");
    *string = at_text_get(&scan->string);
    return true;
}

/* A string that stands in the buffer whole, without escapes, is ended and used there. */
static bool take_in_place(struct at_scan *scan, const char **string)
{
    unsigned char *from = scan->buffer + scan->at, *end = scan->buffer + scan->end, *at = from;
    unsigned char high = 0;
    while (at < end && !ends_plain[*at])
        high |= *at++;
    if (at == end || *at != '"')
        return false;
    *at = '\0';
    if (high >= 0x80 && !is_utf8((const char *) from)) {
        *at = '"';
        return false;
    }
    scan->at += (size_t) (at - from) + 1;
    *string = (const char *) from;
    return true;
}

bool at_scan_string(struct at_scan *scan, const char **string)
{
    if (!expect(scan, '"', "a string"))
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

static bool ends_number(int c)
{
    return c == AT_SCAN_END || c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n'
           || c == '\r' || c == '\t';
}

bool at_scan_integer(struct at_scan *scan, int64_t least, int64_t *number)
{
    int c = at_scan_next(scan);
    bool negative = c == '-';
    if (negative) {
        scan->at++;
        c = at_scan_peek(scan);
    }
    if (c < '0' || c > '9')
        return unexpected(scan, c, "a whole number");
    bool zero = c == '0';
    int64_t value = 0;
    int digits = 0;
    for (; (c = at_scan_peek(scan)) >= '0' && c <= '9'; digits++, scan->at++) {
        int digit = negative ? '0' - c : c - '0';
        if (digits < SAFE_DIGITS)
            value = value * 10 + digit;
        else if (__builtin_mul_overflow(value, 10, &value)
                 || __builtin_add_overflow(value, digit, &value))
            return at_scan_fail(scan, "a number beyond 64 bits");
    }
    if (zero && digits > 1)
        return at_scan_fail(scan, "a number must not begin with 0");
    if (!ends_number(c))
        return unexpected(scan, c, "a whole number");
    if (value < least || (negative && least >= 0))
        return at_scan_fail(scan, "a number that must be at least %lld", (long long) least);
    *number = value;
    return true;
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

bool at_scan_array(struct at_scan *scan, at_scan_value *item, void *context)
{
    if (!expect(scan, '[', "an array"))
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
            return unexpected(scan, c, "',' or ']'");
        scan->at++;
        if (c == ']')
            return true;
    }
}

/* Takes `"name":` where just that stands next: files that we wrote are like that. */
static bool take_name(struct at_scan *scan, const char *name)
{
    const unsigned char *at = scan->buffer + scan->at;
    size_t n = strlen(name);
    if (scan->end - scan->at < n + 3 || at[0] != '"' || memcmp(at + 1, name, n) != 0
        || at[n + 1] != '"' || at[n + 2] != ':')
        return false;
    scan->at += n + 3;
    return true;
}

/* A member's name and the colon behind it; which of the table it is, looked for from `first` on. */
static bool scan_name(struct at_scan *scan, const struct at_member *members, size_t n,
                      uint32_t *seen, size_t first)
{
    const char *name = NULL;
    size_t tried = 0, i = first % n;
    at_scan_next(scan);
    if (!take_name(scan, members[i].name)) {
        if (!at_scan_string(scan, &name))
            return false;
        for (; tried < n && strcmp(name, members[i].name) != 0; tried++)
            i = (i + 1) % n;
    }
    if (tried == n)
        return at_scan_fail(scan, "unknown member \"%s\"", name);
    if (*seen & 1u << i)
        return at_scan_fail(scan, "member \"%s\" stands twice", members[i].name);
    *seen |= 1u << i;
    scan->member = i;
    return !name || expect(scan, ':', "':'");
}

static bool scan_members(struct at_scan *scan, const struct at_member *members, size_t n,
                         void *context, bool first)
{
    uint32_t seen = 0;
    size_t next = 0; /* members mostly stand in the table's order */
    for (int c = at_scan_next(scan); c != '}'; c = at_scan_next(scan)) {
        if (!first && !expect(scan, ',', "',' or '}'"))
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
    return expect(scan, '{', "an object") && scan_members(scan, members, n, context, true);
}

bool at_scan_rest(struct at_scan *scan, const struct at_member *members, size_t n, void *context)
{
    return scan_members(scan, members, n, context, false);
}

bool at_scan_schema(struct at_scan *scan, const char *const *known, size_t n, size_t *which)
{
    const char *string;
    if (!expect(scan, '{', "an object") || !at_scan_string(scan, &string))
        return false;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): set by what has returned true */
    if (strcmp(string, "schema") != 0)
        return at_scan_fail(scan, "expected member \"schema\" first");
    if (!expect(scan, ':', "':'") || !at_scan_string(scan, &string))
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
    return c == AT_SCAN_END ? !scan->failed : unexpected(scan, c, "the end of the file");
}
