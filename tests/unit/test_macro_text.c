/* SPDX-License-Identifier: MIT */
/* verdict/macro_text.h: macro arguments are split, searched and shown as they are written. */
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "verdict/macro_text.h"

Test(macro_text, the_first_argument_ends_at_a_comma_outside_parentheses_and_literals)
{
    static const struct {
        const char *arguments;
        const char *first;
    } cases[] = {
        { "push(r, 9)", "push(r, 9)" },
        { "push(r, 9), \"message %d\", 1", "push(r, 9)" },
        { "x = ','", "x = ','" },
        { "x = '\\'', 1", "x = '\\''" },
        { "puts(\"a, (b\"), 1", "puts(\"a, (b\")" },
        { "puts(\"\\\", \"), 1", "puts(\"\\\", \")" },
        { "take(1'000), \"it's %d\", 2", "take(1'000)" },
        { "x = 0x1'ff, 2", "x = 0x1'ff" },
        { "x = u'a', 2", "x = u'a'" },
        { "a[(1, 2)], 2", "a[(1, 2)]" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(at_macro_text_first(cases[i].arguments), strlen(cases[i].first), "case %zu",
                     i);
}

Test(macro_text, a_field_is_set_by_an_initialiser_only)
{
    static const struct {
        const char *initialisers;
        bool sets;
    } cases[] = {
        { ".allocs = 0", true },
        { "(.bytes = at_most(f(1, 2)), .allocs=0)", true },
        { "( . allocs = zero )", true },
        { "(.bytes = { .code = (at_limit_code) ((2) | 0) * AT_LIMIT_SCALE + AT_LIMIT_MOST }, "
          ".allocs = 0)",
          true },
        { ".reallocs = at_most(1)", false },
        { ".bytes = at_most(use((struct s){ .allocs = 0 }))", false },
        { ".bytes = at_most(sizeof \", .allocs = \")", false },
        { ".bytes = at_most(x.allocs = 2)", false },
        { ".bytes = at_most(1) /* .allocs */", false },
        { "", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(at_macro_text_sets(cases[i].initialisers, "allocs"), cases[i].sets, "case %zu",
                     i);
}

#define EXPANDED(...) EXPANDED_(__VA_ARGS__)
#define EXPANDED_(...) #__VA_ARGS__

Test(macro_text, limits_are_shown_as_they_are_written)
{
    static const struct {
        const char *expanded;
        const char *written;
    } cases[] = {
        { EXPANDED((.allocs = at_most(2), .bytes = at_least(f(1, ")")))),
          "(.allocs = at_most(2), .bytes = at_least(f(1, \")\")))" },
        { EXPANDED(.live = at_exactly(-(3 + 4)), .warmup = 1),
          ".live = at_exactly(-(3 + 4)), .warmup = 1" },
        { EXPANDED(.live = at_exactly(n > 1 ? (n) : 2)), ".live = at_exactly(n > 1 ? (n) : 2)" },
        { "(.allocs = {.code=(at_limit_code)((2)|0)*AT_LIMIT_SCALE+AT_LIMIT_LEAST})",
          "(.allocs = at_least(2))" },
        { "(.allocs = at_most(2))", "(.allocs = at_most(2))" },
        { "puts(\"{ .code = (at_limit_code) ((2) | 0) * AT_LIMIT_SCALE + AT_LIMIT_MOST }\")",
          "puts(\"{ .code = (at_limit_code) ((2) | 0) * AT_LIMIT_SCALE + AT_LIMIT_MOST }\")" },
        { "{ .code = (at_limit_code) ((2", "{ .code = (at_limit_code) ((2" },
        { "{ .code = (at_limit_code) ((2) | 0) * AT_LIMIT_SCALE + AT_LIMIT_LAST }",
          "{ .code = (at_limit_code) ((2) | 0) * AT_LIMIT_SCALE + AT_LIMIT_LAST }" },
        { EXPANDED((.warn = true)), "(.warn = true)" },
        { "(.warn = 10)", "(.warn = 10)" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct at_text text = { 0 };
        at_macro_text_add_budget(&text, cases[i].expanded);
        cr_expect_str_eq(at_text_get(&text), cases[i].written);
        at_text_free(&text);
    }
}

Test(macro_text, limits_in_a_statement_are_shown_as_they_are_written)
{
    static const char statement[] = EXPANDED(
        check((struct at_budget){ .allocs = at_most(n[1]), .warn = 1 }, "a, b"), "message");
    struct at_text text = { 0 };
    at_macro_text_add(&text, statement, at_macro_text_first(statement));
    cr_expect_str_eq(at_text_get(&text),
                     "check((struct at_budget){ .allocs = at_most(n[1]), .warn = 1 }, \"a, b\")");
    at_text_free(&text);
}
