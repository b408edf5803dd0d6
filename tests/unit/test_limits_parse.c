/* SPDX-License-Identifier: MIT */
/* at_limits_parse(): the values of ALLOC_TRACKER_BUDGET that are valid and those that are not. */
#include "alloc_tracker/criterion.h"
#include "verdict/limits.h"

static bool is_within(const struct at_limits *limits, int metric, int64_t value)
{
    return !at_metric_is_above((enum at_metric) metric, &limits->metrics[metric], value)
           && !at_metric_is_below((enum at_metric) metric, &limits->metrics[metric], value);
}

Test(limits_parse, valid)
{
    struct at_limits limits = { 0 };
    struct at_text error = { 0 };
    cr_assert(at_limits_parse(
        &limits, "allocs<=18446744073709551615, leaks = 0,live>=-3,bytes>=1,bytes<=5", &error));
    cr_expect_eq(limits.metrics[AT_METRIC_ALLOCS].max, UINT64_MAX);
    cr_expect_not(limits.metrics[AT_METRIC_ALLOCS].has_min);
    cr_expect(is_within(&limits, AT_METRIC_LEAKS, 0) && !is_within(&limits, AT_METRIC_LEAKS, 1));
    cr_expect(limits.metrics[AT_METRIC_LEAKS].has_min && limits.metrics[AT_METRIC_LEAKS].has_max);
    cr_expect(is_within(&limits, AT_METRIC_LIVE, -3) && !is_within(&limits, AT_METRIC_LIVE, -4));
    cr_expect(is_within(&limits, AT_METRIC_BYTES, 3));
    cr_expect_not(is_within(&limits, AT_METRIC_BYTES, 0) || is_within(&limits, AT_METRIC_BYTES, 6));
    cr_expect_eq(limits.metrics[AT_METRIC_BYTES].source, AT_SOURCE_ENVIRONMENT);
    cr_expect_not(at_metric_is_limited(&limits.metrics[AT_METRIC_PEAK]));
}

Test(limits_parse, warn_is_for_every_limit_and_no_other_metric)
{
    static const char *const values[] = { "warn,leaks=0,live>=-3", "leaks=0,warn,live>=-3",
                                          " leaks=0 , live>=-3 , warn " };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct at_limits limits = { 0 };
        struct at_text error = { 0 };
        cr_assert(at_limits_parse(&limits, values[i], &error), "%s", values[i]);
        for (int metric = 0; metric < AT_N_METRICS; metric++)
            cr_expect_eq(limits.metrics[metric].warn,
                         metric == AT_METRIC_LEAKS || metric == AT_METRIC_LIVE, "%s", values[i]);
        at_limits_add(&limits, &(struct at_budget){ .leaks = at_most(0) }, AT_SOURCE_TEST);
        cr_expect_not(limits.metrics[AT_METRIC_LEAKS].warn, "a nearer limit has its own warn");
    }
}

static const char metrics[] =
    "expected warn, or one of allocs, reallocs, frees, bytes, peak, live, leaks";
static const struct {
    const char *value;
    int column;
    const char *reason;
} invalid[] = {
    { "alloc<=1", 1, metrics },
    { "", 1, metrics },
    { "allocs<=1,", 11, metrics },
    { "allocs", 7, "expected <=, >= or =" },
    { "allocs<1", 7, "expected <=, >= or =" },
    { "allocs<=", 9, "expected a whole number" },
    { "allocs<=x", 9, "expected a whole number" },
    { "allocs<=1;leaks=0", 10, "expected a comma" },
    { "allocs<=1.5", 10, "expected a comma" },
    { "peak>=-3", 7, "a negative limit (only a limit on live can be negative)" },
    { "allocs<=18446744073709551616", 9, "a number out of range (a limit has at most 64 bits)" },
    { "live=9223372036854775808", 6,
      "a number out of range (a limit on live has at most 63 bits and a sign)" },
    { "allocs<=1,allocs=2", 19, "a second limit on the same metric" },
    { "warn", 5, "expected a limit beside warn" },
    { "warn,leaks=0,warn", 18, "a second warn" },
    { "leaks=0 warn", 9, "expected a comma" },
    { "leaks=0,warn=1", 9, metrics },
    { "warning,leaks=0", 1, metrics },
};

Test(limits_parse, invalid_values_change_nothing)
{
    for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++) {
        struct at_limits limits = { 0 };
        struct at_text error = { 0 };
        char expected[256];
        snprintf(expected, sizeof expected,
                 "ALLOC_TRACKER_BUDGET:%d: %s in \"%s\"; write for example "
                 "\"allocs<=1000,leaks=0\"",
                 invalid[i].column, invalid[i].reason, invalid[i].value);
        cr_expect_not(at_limits_parse(&limits, invalid[i].value, &error), "case %zu", i);
        cr_expect_str_eq(at_text_get(&error), expected);
        cr_expect_not(at_limits_any(&limits), "case %zu", i);
        at_text_free(&error);
    }
}
