/* SPDX-License-Identifier: MIT */
/* verdict/limits.h: the limits in force, the values within them, and the budgets that are invalid.
 */
#include <limits.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "verdict/limits.h"

/* A budget with its text, as the plugin's macros make it. */
#define BUDGET(...) ((struct at_budget){ .text = TEXT(__VA_ARGS__), __VA_ARGS__ })
#define TEXT(...) #__VA_ARGS__

static struct at_limits limits_of(const struct at_budget *budget)
{
    struct at_limits limits = { 0 };
    at_limits_add(&limits, budget, AT_SOURCE_TEST);
    return limits;
}

static bool is_within(const struct at_limits *limits, int metric, int64_t value)
{
    return !at_metric_is_above((enum at_metric) metric, &limits->metrics[metric], value)
           && !at_metric_is_below((enum at_metric) metric, &limits->metrics[metric], value);
}

/* A limit on one metric concerns no other, and 5 itself is within. */
Test(limits, each_metric_and_kind_at_its_edge)
{
    const struct {
        struct at_budget budget;
        enum at_metric metric;
        bool below, above;
    } cases[] = {
        { { .allocs = at_most(5) }, AT_METRIC_ALLOCS, true, false },
        { { .reallocs = at_most(5) }, AT_METRIC_REALLOCS, true, false },
        { { .frees = at_most(5) }, AT_METRIC_FREES, true, false },
        { { .bytes = at_most(5) }, AT_METRIC_BYTES, true, false },
        { { .peak = at_most(5) }, AT_METRIC_PEAK, true, false },
        { { .live = at_most(5) }, AT_METRIC_LIVE, true, false },
        { { .leaks = at_most(5) }, AT_METRIC_LEAKS, true, false },
        { { .allocs = at_least(5) }, AT_METRIC_ALLOCS, false, true },
        { { .live = at_least(5) }, AT_METRIC_LIVE, false, true },
        { { .leaks = at_least(5) }, AT_METRIC_LEAKS, false, true },
        { { .allocs = at_exactly(5) }, AT_METRIC_ALLOCS, false, false },
        { { .live = at_exactly(5) }, AT_METRIC_LIVE, false, false },
        { { .leaks = at_exactly(5) }, AT_METRIC_LEAKS, false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct at_limits limits = limits_of(&cases[i].budget);
        cr_expect_str_eq(limits.error, "");
        for (int j = 0; j < AT_N_METRICS; j++) {
            bool limited = (int) cases[i].metric == j;
            cr_expect_eq(at_metric_is_limited(&limits.metrics[j]), limited);
            cr_expect(is_within(&limits, j, 5), "case %zu, metric %d", i, j);
            cr_expect_eq(is_within(&limits, j, 4), !limited || cases[i].below, "case %zu", i);
            cr_expect_eq(is_within(&limits, j, 6), !limited || cases[i].above, "case %zu", i);
        }
    }
}

Test(limits, a_limit_of_zero_is_a_limit)
{
    const struct at_limits none = limits_of(&BUDGET(.allocs = at_most(0)));
    cr_expect(is_within(&none, AT_METRIC_ALLOCS, 0));
    cr_expect_not(is_within(&none, AT_METRIC_ALLOCS, 1));
    const struct at_limits unset = limits_of(&BUDGET(.scope = AT_THREAD));
    cr_expect(is_within(&unset, AT_METRIC_ALLOCS, INT64_MAX));
    cr_expect_not(at_limits_any(&unset));
}

enum colour { GREEN = 3 };

/* An integer of each type, at both ends of its range, arrives unchanged. */
Test(limits, any_integer_type)
{
    volatile unsigned long long ull = ULLONG_MAX;
    volatile enum colour green = GREEN;
    volatile char letter = 'c';
    volatile bool yes = true;
    const struct {
        struct at_budget budget;
        uint64_t expected;
    } cases[] = {
        { { .bytes = at_most(ull) }, UINT64_MAX },
        { { .bytes = at_most(UINT64_MAX) }, UINT64_MAX },
        { { .bytes = at_most(SIZE_MAX) }, SIZE_MAX },
        { { .bytes = at_most((uint64_t) 1 << 62) }, (uint64_t) 1 << 62 },
        { { .bytes = at_most(INT64_MAX) }, INT64_MAX },
        { { .bytes = at_most(green) }, 3 },
        { { .bytes = at_most(GREEN) }, 3 },
        { { .bytes = at_most(letter) }, 'c' },
        { { .bytes = at_most(yes) }, 1 },
        { { .bytes = at_most((unsigned char) 255) }, 255 },
        { { .bytes = at_most((short) 7) }, 7 },
        { { .bytes = at_most(sizeof(int[9])) }, sizeof(int[9]) },
        { { .bytes = at_most((__int128) 9) }, 9 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct at_limits limits = limits_of(&cases[i].budget);
        cr_expect_str_eq(limits.error, "", "case %zu", i);
        cr_expect_eq(limits.metrics[AT_METRIC_BYTES].max, cases[i].expected, "case %zu", i);
    }
}

Test(limits, live_is_signed)
{
    static const int64_t values[] = { 0, -1, 1, -5000, INT64_MIN, INT64_MAX };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const struct at_limits limits = limits_of(&BUDGET(.live = at_exactly(values[i])));
        cr_expect_str_eq(limits.error, "");
        cr_expect_eq((int64_t) limits.metrics[AT_METRIC_LIVE].max, values[i]);
        cr_expect(is_within(&limits, AT_METRIC_LIVE, values[i]));
        cr_expect_not(is_within(&limits, AT_METRIC_LIVE, values[i] ^ 1));
    }
    const struct at_limits limits = limits_of(&BUDGET(.live = at_most(-5)));
    cr_expect(is_within(&limits, AT_METRIC_LIVE, INT64_MIN));
    cr_expect_not(is_within(&limits, AT_METRIC_LIVE, 0));
    cr_expect_eq(at_metric_bound(AT_METRIC_LIVE, &limits.metrics[AT_METRIC_LIVE]), -5);
}

/* No region reaches 2^63 of anything: an upper limit above it bounds nothing, a lower one fails. */
Test(limits, limits_that_no_usage_reaches)
{
    const struct at_limits most = limits_of(&BUDGET(.allocs = at_most(UINT64_MAX)));
    cr_expect_eq(at_metric_bound(AT_METRIC_ALLOCS, &most.metrics[AT_METRIC_ALLOCS]), AT_UNBOUNDED);
    cr_expect(is_within(&most, AT_METRIC_ALLOCS, INT64_MAX));
    const struct at_limits least = limits_of(&BUDGET(.allocs = at_least(UINT64_MAX)));
    cr_expect_not(is_within(&least, AT_METRIC_ALLOCS, 0));
    cr_expect_not(is_within(&least, AT_METRIC_ALLOCS, INT64_MAX));
}

/* The nearest limit wins: at_most(5) of the suite is replaced, whichever of the two is stricter. */
Test(limits, the_nearest_wins_in_each_metric)
{
    const struct {
        struct at_budget suite, test;
        enum at_metric metric;
        uint64_t max;
        bool has_min;
    } cases[] = {
        { { .allocs = at_most(5) }, { .allocs = at_most(7) }, AT_METRIC_ALLOCS, 7, false },
        { { .allocs = at_most(5) }, { .allocs = at_most(3) }, AT_METRIC_ALLOCS, 3, false },
        { { .allocs = at_exactly(5) }, { .allocs = at_most(7) }, AT_METRIC_ALLOCS, 7, false },
        { { .allocs = at_least(9) }, { .allocs = at_most(7) }, AT_METRIC_ALLOCS, 7, false },
        { { .allocs = at_most(5) }, { .bytes = at_most(7) }, AT_METRIC_ALLOCS, 5, false },
        { { .reallocs = at_most(5) }, { .reallocs = at_most(7) }, AT_METRIC_REALLOCS, 7, false },
        { { .frees = at_most(5) }, { .frees = at_most(7) }, AT_METRIC_FREES, 7, false },
        { { .bytes = at_most(5) }, { .bytes = at_exactly(7) }, AT_METRIC_BYTES, 7, true },
        { { .peak = at_most(5) }, { .peak = at_most(7) }, AT_METRIC_PEAK, 7, false },
        { { .live = at_most(5) }, { .live = at_most(7) }, AT_METRIC_LIVE, 7, false },
        { { .leaks = at_most(5) }, { .leaks = at_most(7) }, AT_METRIC_LEAKS, 7, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct at_limits limits = { 0 };
        at_limits_add(&limits, &cases[i].suite, AT_SOURCE_SUITE);
        at_limits_add(&limits, &cases[i].test, AT_SOURCE_TEST);
        const struct at_metric_limit *limit = &limits.metrics[cases[i].metric];
        cr_expect(limit->has_max && limit->max == cases[i].max, "case %zu", i);
        cr_expect_eq(limit->has_min, cases[i].has_min, "case %zu", i);
    }
}

Test(limits, a_limit_keeps_scope_warn_and_source_of_its_budget)
{
    struct at_limits limits = { 0 };
    at_limits_add(&limits, &BUDGET(.allocs = at_most(1), .bytes = at_most(1)),
                  AT_SOURCE_ENVIRONMENT);
    at_limits_add(&limits, &BUDGET(.allocs = at_most(2), .frees = at_most(2), .warn = true),
                  AT_SOURCE_SUITE);
    at_limits_add(&limits, &BUDGET(.peak = at_most(3), .scope = AT_THREAD), AT_SOURCE_TEST);
    const struct {
        enum at_metric metric;
        enum at_limit_source source;
        enum at_scope scope;
        bool warn;
    } cases[] = {
        { AT_METRIC_BYTES, AT_SOURCE_ENVIRONMENT, AT_PROCESS, false },
        { AT_METRIC_ALLOCS, AT_SOURCE_SUITE, AT_PROCESS, true },
        { AT_METRIC_FREES, AT_SOURCE_SUITE, AT_PROCESS, true },
        { AT_METRIC_PEAK, AT_SOURCE_TEST, AT_THREAD, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct at_metric_limit *limit = &limits.metrics[cases[i].metric];
        cr_expect_eq(limit->source, cases[i].source, "case %zu", i);
        cr_expect_eq(limit->scope, cases[i].scope, "case %zu", i);
        cr_expect_eq(limit->warn, cases[i].warn, "case %zu", i);
        const struct at_limits selected = at_limits_select(&limits, cases[i].scope, cases[i].warn);
        const struct at_limits other = at_limits_select(&limits, cases[i].scope, !cases[i].warn);
        cr_expect(at_metric_is_limited(&selected.metrics[cases[i].metric]), "case %zu", i);
        cr_expect_not(at_metric_is_limited(&other.metrics[cases[i].metric]), "case %zu", i);
    }
    cr_expect(at_limits_any_in(&limits, AT_PROCESS) && at_limits_any_in(&limits, AT_THREAD));
    cr_expect_not(at_limits_only_warn(&limits));
    const struct at_limits warnings = at_limits_select(&limits, AT_PROCESS, true);
    cr_expect(at_limits_only_warn(&warnings));
}

Test(limits, warmup_and_repeat_of_the_nearest_budget_that_sets_them)
{
    struct at_limits limits = { 0 };
    at_limits_add(&limits, &BUDGET(.warmup = 7, .repeat = 2), AT_SOURCE_ENVIRONMENT);
    at_limits_add(&limits, &BUDGET(.allocs = at_most(0), .warmup = 1), AT_SOURCE_SUITE);
    at_limits_add(&limits, &BUDGET(.bytes = at_most(9)), AT_SOURCE_TEST);
    cr_expect_eq(limits.warmup, 1);
    cr_expect_eq(limits.repeat, 2);
}

Test(limits, a_budget_set_by_the_test_tightens_what_its_data_declares)
{
    struct at_limits declared = { 0 };
    at_limits_add(&declared, &BUDGET(.bytes = at_most(10)), AT_SOURCE_ENVIRONMENT);
    at_limits_add(&declared, &BUDGET(.frees = at_most(10), .warn = true), AT_SOURCE_SUITE);
    at_limits_add(&declared,
                  &BUDGET(.allocs = at_most(5), .peak = at_least(2), .live = at_most(-2)),
                  AT_SOURCE_TEST);
    const struct {
        struct at_budget budget;
        enum at_metric metric;
        uint64_t max;
        bool has_min;
    } cases[] = {
        { { .allocs = at_most(9) }, AT_METRIC_ALLOCS, 5, false },
        { { .allocs = at_most(3) }, AT_METRIC_ALLOCS, 3, false },
        { { .allocs = at_exactly(4) }, AT_METRIC_ALLOCS, 4, true },
        { { .live = at_most(7) }, AT_METRIC_LIVE, (uint64_t) -2, false },
        { { .live = at_most(-7) }, AT_METRIC_LIVE, (uint64_t) -7, false },
        { { .peak = at_most(50) }, AT_METRIC_PEAK, 50, true },
        { { .bytes = at_most(99) }, AT_METRIC_BYTES, 99, false }, /* the environment's */
        { { .frees = at_most(99) }, AT_METRIC_FREES, 99, false }, /* the suite's */
        { { .leaks = at_most(1) }, AT_METRIC_LEAKS, 1, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct at_limits limits = declared;
        at_limits_set(&limits, &declared, &cases[i].budget);
        const struct at_metric_limit *limit = &limits.metrics[cases[i].metric];
        cr_expect_str_eq(limits.error, "", "case %zu", i);
        cr_expect(limit->has_max && limit->max == cases[i].max, "case %zu", i);
        cr_expect_eq(limit->has_min, cases[i].has_min, "case %zu", i);
        cr_expect(limit->source == AT_SOURCE_TEST && !limit->warn, "case %zu", i);
    }
    struct at_limits limits = declared;
    at_limits_set(&limits, &declared, &BUDGET(.allocs = at_most(2)));
    at_limits_set(&limits, &declared, &BUDGET(.allocs = at_most(4)));
    cr_expect_eq(limits.metrics[AT_METRIC_ALLOCS].max, 4, "only what .data declares binds");
    cr_expect_eq(limits.metrics[AT_METRIC_PEAK].min, 2);
}

#define PLAIN "a plain number is not a limit; write at_most(n), at_least(n) or at_exactly(n)"
#define NEGATIVE "the limit is negative; only a limit on .live can be negative"
#define RANGE "the limit is out of range; a limit has at most 64 bits"
#define SCOPE "the value is invalid; write AT_PROCESS or AT_THREAD"
#define SIGNED_RANGE "the limit is out of range; a limit on .live has at most 63 bits and a sign"

Test(limits, each_invalid_limit_has_its_message)
{
    volatile int minus = -1;
    const struct {
        struct at_budget budget;
        const char *error;
    } cases[] = {
        { { .allocs = { .code = 5 } }, ".allocs: " PLAIN },
        { { .peak = { .plain = (const void *) &minus } }, ".peak: " PLAIN },
        { { .leaks = { .code = AT_LIMIT_MOST - 1 } }, ".leaks: " PLAIN },
        { { .leaks = { .code = AT_LIMIT_EXACTLY + 1 } }, ".leaks: " PLAIN },
        { { .text = "(.bytes = at_most(1), .allocs = 0)", .allocs = { .code = 0 } },
          ".allocs: " PLAIN },
        { { .text = ".leaks = NULL", .leaks = { .plain = NULL } }, ".leaks: " PLAIN },
        { { .allocs = at_most(minus) }, ".allocs: " NEGATIVE },
        { { .reallocs = at_least(-1L) }, ".reallocs: " NEGATIVE },
        { { .frees = at_exactly(INT64_MIN) }, ".frees: " NEGATIVE },
        { { .bytes = at_most(-1) }, ".bytes: " NEGATIVE },
        { { .peak = at_most((signed char) -1) }, ".peak: " NEGATIVE },
        { { .leaks = at_most(-1LL) }, ".leaks: " NEGATIVE },
        { { .bytes = at_most((__int128) UINT64_MAX + 1) }, ".bytes: " RANGE },
        { { .live = at_most(UINT64_MAX) }, ".live: " SIGNED_RANGE },
        { { .live = at_most((uint64_t) 1 << 63) }, ".live: " SIGNED_RANGE },
        { { .live = at_most((__int128) INT64_MIN - 1) }, ".live: " SIGNED_RANGE },
        { { .allocs = at_most(0), .scope = (enum at_scope) 7 }, ".scope: " SCOPE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct at_limits limits = limits_of(&cases[i].budget);
        cr_expect_str_eq(limits.error, cases[i].error, "case %zu: %s", i, limits.error);
        cr_expect_not(at_limits_any(&limits), "case %zu", i);
        cr_expect_not(at_limits_only_warn(&limits), "case %zu", i);
    }
    struct at_limits limits = { 0 };
    at_limits_add(&limits, &BUDGET(.bytes = at_most(-1), .warn = true), AT_SOURCE_SUITE);
    at_limits_add(&limits, &BUDGET(.allocs = at_most(-1)), AT_SOURCE_TEST);
    cr_expect_str_eq(limits.error, ".bytes: " NEGATIVE " (the suite's budget)",
                     "the first reason remains");
    const struct at_limits failing = at_limits_select(&limits, AT_PROCESS, false);
    const struct at_limits warning = at_limits_select(&limits, AT_PROCESS, true);
    cr_expect(failing.error[0] && !warning.error[0], "it fails, once");
}

Test(limits, what_a_running_test_cannot_set)
{
    struct at_limits declared = { 0 };
    at_limits_add(&declared, &BUDGET(.allocs = at_most(5)), AT_SOURCE_TEST);
#define OTHER                                                                                      \
    ".allocs: the test's .data limits it with another .scope or .warn, which "                     \
    "cr_set_alloc_budget() cannot change"
    const struct {
        struct at_budget budget;
        const char *error;
    } cases[] = {
        { { .warmup = 1 }, ".warmup: the test runs already; set it in the test's .data" },
        { { .repeat = 2 }, ".repeat: the test runs already; set it in the test's .data" },
        { { .allocs = at_most(1), .warn = true }, OTHER },
        { { .allocs = at_most(1), .scope = AT_THREAD }, OTHER },
        { { .allocs = at_most(-1) }, ".allocs: " NEGATIVE },
        { { .allocs = at_most(0), .scope = (enum at_scope) 7 }, ".scope: " SCOPE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct at_limits limits = declared;
        at_limits_set(&limits, &declared, &cases[i].budget);
        cr_expect_str_eq(limits.error, cases[i].error, "case %zu: %s", i, limits.error);
        cr_expect_eq(limits.metrics[AT_METRIC_ALLOCS].max, 5, "case %zu", i);
    }
}

Test(limits, at_death_only_upper_limits_that_no_release_can_meet_remain)
{
    const struct at_limits limits =
        limits_of(&BUDGET(.allocs = at_exactly(3), .live = at_most(1), .leaks = at_most(0)));
    const struct at_limits left = at_limits_at_death(&limits);
    cr_expect(is_within(&left, AT_METRIC_ALLOCS, 2));
    cr_expect_not(is_within(&left, AT_METRIC_ALLOCS, 4));
    cr_expect(is_within(&left, AT_METRIC_LIVE, 100));
    cr_expect(is_within(&left, AT_METRIC_LEAKS, 100));
}
