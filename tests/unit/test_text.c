/* SPDX-License-Identifier: MIT */
/* base/text.h: formatting, numbers, growth beyond a page, and no call of malloc. */
#include <limits.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "base/text.h"

TestSuite(text, .data = cr_alloc_budget(.allocs = at_most(0)));

Test(text, empty_is_valid)
{
    struct at_text text = { 0 };
    cr_assert_str_eq(at_text_get(&text), "");
    at_text_free(&text);
}

static const struct {
    int64_t number;
    const char *expected;
} numbers[] = {
    { 0, "0" },
    { 7, "7" },
    { 999, "999" },
    { 1000, "1,000" },
    { 72704, "72,704" },
    { 1234567, "1,234,567" },
    { -1000, "-1,000" },
    { -5, "-5" },
    { INT64_MAX, "9,223,372,036,854,775,807" },
    { INT64_MIN, "-9,223,372,036,854,775,808" },
};

Test(text, numbers_have_thousands)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct at_text text = { 0 };
        at_text_add_number(&text, numbers[i].number);
        cr_assert_str_eq(at_text_get(&text), numbers[i].expected);
        at_text_free(&text);
    }
}

Test(text, counts_have_no_sign)
{
    struct at_text text = { 0 };
    at_text_add_count(&text, UINT64_MAX);
    cr_assert_str_eq(at_text_get(&text), "18,446,744,073,709,551,615");
    at_text_free(&text);
}

Test(text, grows_past_a_page)
{
    struct at_text text = { 0 };
    for (int i = 0; i < 3000; i++)
        at_text_printf(&text, "%04d", i);
    cr_assert_eq(text.length, 12000);
    cr_assert_not(text.truncated);
    cr_assert_eq(strncmp(text.data + 4 * 2999, "2999", 5), 0);
    at_text_free(&text);
    cr_assert_eq(text.length, 0);
}
