/* SPDX-License-Identifier: MIT */
/* See json_scan.h. */
#include "report/json_scan.h"

#include <string.h>

#include "base/utf8.h"

enum { MAX_STRING = 1 << 20 };

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

/* Takes what stands in the buffer up to the next byte that means something. */
static void take_plain(struct at_scan *scan)
{
    size_t from = scan->at;
    while (scan->at < scan->end) {
        unsigned char c = scan->buffer[scan->at];
        if (c == '"' || c == '\\' || c < ' ')
            break;
        scan->at++;
    }
    at_text_add(&scan->string, (const char *) scan->buffer + from, scan->at - from);
}

static bool is_utf8(const struct at_text *text)
{
    const char *string = at_text_get(text);
    for (size_t i = 0, n; i < text->length; i += n)
        if (!(n = (unsigned char) string[i] < 0x80 ? 1 : at_utf8_length(string + i)))
            return false;
    return true;
}

bool at_scan_string(struct at_scan *scan, const char **string)
{
    if (!expect(scan, '"', "a string"))
        return false;
    scan->string.length = 0;
    at_text_add(&scan->string, "", 0);
    for (;;) {
        int c = at_scan_peek(scan);
        if (c == '"')
            break;
        if (c == AT_SCAN_END)
            return at_scan_fail(scan, "the file ends in a string");
        if (c < ' ')
            return at_scan_fail(scan, "a control character in a string");
        if (c != '\\')
            take_plain(scan);
        else if (scan->at++, !take_escape(scan))
            return false;
        if (scan->string.length > MAX_STRING)
            return at_scan_fail(scan, "a string longer than 1 MiB");
    }
    scan->at++;
    if (!is_utf8(&scan->string))
        return at_scan_fail(scan, "a string that is not UTF-8");
    if (scan->string.truncated)
        return at_scan_fail(scan, "out of memory");
    *string = at_text_get(&scan->string);
    return true;
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
    for (int digits = 0; (c = at_scan_peek(scan)) >= '0' && c <= '9'; digits++, scan->at++) {
        if (zero && digits > 0)
            return at_scan_fail(scan, "a number must not begin with 0");
        int digit = negative ? '0' - c : c - '0';
        if (__builtin_mul_overflow(value, 10, &value)
            || __builtin_add_overflow(value, digit, &value))
            return at_scan_fail(scan, "a number beyond 64 bits");
    }
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

/* A member's name and the colon behind it; which of the table it is. */
static bool scan_name(struct at_scan *scan, const struct at_member *members, size_t n,
                      uint32_t *seen, size_t *which)
{
    const char *name;
    if (!at_scan_string(scan, &name))
        return false;
    size_t i = 0;
    while (i < n && strcmp(name, members[i].name) != 0)
        i++;
    if (i == n)
        return at_scan_fail(scan, "unknown member \"%s\"", name);
    if (*seen & 1u << i)
        return at_scan_fail(scan, "member \"%s\" stands twice", name);
    *seen |= 1u << i;
    *which = i;
    return expect(scan, ':', "':'");
}

static bool scan_members(struct at_scan *scan, const struct at_member *members, size_t n,
                         void *context, bool first)
{
    uint32_t seen = 0;
    for (int c = at_scan_next(scan); c != '}'; c = at_scan_next(scan)) {
        size_t which = 0;
        if (!first && !expect(scan, ',', "',' or '}'"))
            return false;
        first = false;
        if (!scan_name(scan, members, n, &seen, &which))
            return false;
        scan->member = which;
        if (!members[which].read(scan, context))
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
