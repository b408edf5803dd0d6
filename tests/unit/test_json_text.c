/* SPDX-License-Identifier: MIT */
/* JSON on a text: escapes, commas, extremes; and the interned strings that results are made of. */
#include <criterion/criterion.h>
#include <float.h>
#include <stdint.h>
#include <stdio.h>

#include "base/intern.h"
#include "base/json_text.h"
#include "base/utf8.h"

static void check_string(const char *string, const char *expected)
{
    struct at_text text = { 0 };
    at_json_string(&text, string);
    cr_expect_str_eq(at_text_get(&text), expected);
    at_text_free(&text);
}

Test(json_text, escapes)
{
    check_string("", "\"\"");
    check_string("a\"b\\c", "\"a\\\"b\\\\c\"");
    check_string("line\nnext\ttab\rcr\x01\x7F", "\"line\\nnext\\ttab\\rcr\\u0001\x7F\"");
    check_string("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80", "\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80\"");
}

Test(json_text, what_is_not_text_is_replaced)
{
    check_string("\xFF", "\"\xEF\xBF\xBD\"");
    check_string("\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                 /* overlong */
    check_string("\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""); /* surrogate */
    check_string("cut \xE2\x82", "\"cut \xEF\xBF\xBD\xEF\xBF\xBD\"");
}

Test(json_text, utf8_lengths)
{
    cr_expect_eq(at_utf8_length("a"), 1);
    cr_expect_eq(at_utf8_length("\xC3\xBC"), 2);
    cr_expect_eq(at_utf8_length("\xE2\x82\xAC"), 3);
    cr_expect_eq(at_utf8_length("\xF4\x8F\xBF\xBF"), 4);
    cr_expect_eq(at_utf8_length("\xF4\x90\x80\x80"), 0); /* beyond U+10FFFF */
    cr_expect_eq(at_utf8_length("\x80"), 0);
    cr_expect(at_utf8_is_valid("") && at_utf8_is_valid("gr\xC3\xBC\xC3\x9F"));
    cr_expect(!at_utf8_is_valid("gr\xC3"));
}

static void check_real(double number, const char *expected)
{
    struct at_text text = { 0 };
    at_json_real(&text, number);
    cr_expect_str_eq(at_text_get(&text), expected, "%s", at_text_get(&text));
    at_text_free(&text);
}

Test(json_text, real_numbers)
{
    check_real(0, "0.0");
    check_real(-0.0, "-0.0");
    check_real(500, "500.0");
    check_real(0.1, "0.10000000000000001");
    check_real(1e16, "10000000000000000.0");
    check_real(1e17, "1e17");
    check_real(-1.5e-7, "-1.4999999999999999e-7");
    check_real(DBL_MAX, "1.7976931348623157e308");
    check_real(DBL_TRUE_MIN, "4.9406564584124654e-324");
}

Test(json_text, members_are_separated)
{
    struct at_text text = { 0 };
    at_text_add_string(&text, "{");
    at_json_member(&text, "name", "x");
    at_json_integer(&text, "low", INT64_MIN);
    at_json_count(&text, "high", UINT64_MAX);
    at_json_name(&text, "list");
    at_text_add_string(&text, "[");
    for (int i = 0; i < 3; i++) {
        at_json_separate(&text);
        at_text_printf(&text, "%d", i);
    }
    at_text_add_string(&text, "]}");
    cr_expect_str_eq(at_text_get(&text), "{\"name\":\"x\",\"low\":-9223372036854775808,"
                                         "\"high\":18446744073709551615,\"list\":[0,1,2]}");
    at_text_free(&text);
}

/* Past several growths of the table. */
Test(intern, numbers_stay)
{
    struct at_intern intern = { 0 };
    enum { N = 5000 };
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < N; i++) {
            char name[16];
            int n = snprintf(name, sizeof name, "name %u", i);
            cr_assert_eq(at_intern_put(&intern, name, (size_t) n), i);
        }
    }
    cr_expect_eq(intern.n, N);
    size_t length;
    const char *last = at_intern_get(&intern, N - 1, &length);
    cr_expect_eq(length, 9);
    cr_expect_arr_eq(last, "name 4999", 9);
    cr_expect_eq(at_intern_put(&intern, "", 0), N);
    cr_expect_eq(at_intern_put(&intern, "\0", 1), N + 1);
    at_intern_free(&intern);
}
