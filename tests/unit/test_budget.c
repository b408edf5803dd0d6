/* SPDX-License-Identifier: MIT */
/* criterion-plugin/shared/budget.h: the environment's budget, its mistakes, and the stricter limit.
 */
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "shared/budget.h"

static struct criterion_alloc_limits parse(const char *value, bool expected, const char *says)
{
    struct criterion_alloc_limits limits = criterion_alloc_limits_none();
    struct at_text error = { 0 };
    bool ok = criterion_alloc_limits_parse(&limits, value, &error);
    cr_expect_eq(ok, expected, "%s", value);
    cr_expect(strstr(at_text_get(&error), says) != NULL, "\"%s\" says: %s", value,
              at_text_get(&error));
    at_text_free(&error);
    return limits;
}

Test(environment, good)
{
    struct criterion_alloc_limits limits = parse("allocs<=1000, leaks = 0,peak>=-3", true, "");
    cr_expect_eq(limits.fields[AT_METRIC_ALLOCS].max, 1000);
    cr_expect_eq(limits.fields[AT_METRIC_ALLOCS].min, INT64_MIN);
    cr_expect_eq(limits.fields[AT_METRIC_LEAKS].max, 0);
    cr_expect_eq(limits.fields[AT_METRIC_LEAKS].min, 0);
    cr_expect_eq(limits.fields[AT_METRIC_PEAK].min, -3);
    cr_expect_eq(limits.fields[AT_METRIC_BYTES].max, INT64_MAX);
    cr_expect(criterion_alloc_limits_any(&limits));
}

static const struct {
    const char *value;
    const char *says;
} mistakes[] = {
    { "alloc<=1", "ALLOC_TRACKER_BUDGET:1: expected one of allocs" },
    { "allocs<1", "ALLOC_TRACKER_BUDGET:7: expected <=, >= or =" },
    { "allocs<=", "ALLOC_TRACKER_BUDGET:9: expected a whole number" },
    { "allocs<=x", "ALLOC_TRACKER_BUDGET:9: expected a whole number" },
    { "allocs<=1;leaks=0", "ALLOC_TRACKER_BUDGET:10: expected a comma" },
    { "allocs<=1,", "ALLOC_TRACKER_BUDGET:11: expected one of" },
    { "allocs<=99999999999999999999", "ALLOC_TRACKER_BUDGET:9: number out of range" },
    { "allocs<=1.5", "ALLOC_TRACKER_BUDGET:10: expected a comma" },
    { "", "ALLOC_TRACKER_BUDGET:1: expected one of" },
};

Test(environment, mistakes_change_nothing)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct criterion_alloc_limits limits = parse(mistakes[i].value, false, mistakes[i].says);
        cr_expect_not(criterion_alloc_limits_any(&limits), "%s", mistakes[i].value);
    }
}

Test(limits, the_stricter_stays)
{
    struct criterion_alloc_limits limits = criterion_alloc_limits_none();
    struct cr_alloc_budget suite = { .allocs = at_most(5),
                                     .bytes = at_least(3),
                                     .frees = at_least(6) };
    struct cr_alloc_budget test = { .allocs = at_most(7),
                                    .bytes = at_exactly(4),
                                    .frees = at_least(2) };
    criterion_alloc_limits_add(&limits, &suite, CRITERION_ALLOC_SUITE);
    criterion_alloc_limits_add(&limits, &test, CRITERION_ALLOC_TEST);
    cr_expect_eq(limits.fields[AT_METRIC_ALLOCS].max, 5);
    cr_expect_eq(limits.fields[AT_METRIC_ALLOCS].max_source, CRITERION_ALLOC_SUITE);
    cr_expect_eq(limits.fields[AT_METRIC_BYTES].min, 4);
    cr_expect_eq(limits.fields[AT_METRIC_BYTES].max, 4);
    cr_expect_eq(limits.fields[AT_METRIC_BYTES].min_source, CRITERION_ALLOC_TEST);
    cr_expect_eq(limits.fields[AT_METRIC_FREES].min, 6);
    cr_expect_eq(limits.fields[AT_METRIC_FREES].min_source, CRITERION_ALLOC_SUITE);
    cr_expect_eq(limits.error[0], '\0');
}

Test(limits, coded_values_survive)
{
    static const int64_t values[] = { 0, 1, -1, 1 << 20, -5000, (int64_t) 1 << 60 };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct criterion_alloc_limits limits = criterion_alloc_limits_none();
        struct cr_alloc_budget budget = { .live = at_exactly(values[i]) };
        criterion_alloc_limits_add(&limits, &budget, CRITERION_ALLOC_TEST);
        cr_expect_eq(limits.fields[AT_METRIC_LIVE].max, values[i]);
        cr_expect_eq(limits.fields[AT_METRIC_LIVE].min, values[i]);
    }
}

Test(limits, a_pointer_that_is_no_limit_is_refused)
{
    static int aligned;
    struct criterion_alloc_limits limits = criterion_alloc_limits_none();
    struct cr_alloc_budget budget = { .peak = (const struct at_limit *) (void *) &aligned };
    criterion_alloc_limits_add(&limits, &budget, CRITERION_ALLOC_TEST);
    cr_expect(strstr(limits.error, ".peak is not a limit") != NULL);
}

/* A limit of each field is that of its figure, and of no other; `value` itself is just within. */
Test(limits, each_field_and_kind)
{
    const struct {
        struct cr_alloc_budget budget;
        enum at_metric metric;
        bool below_holds, above_holds;
    } cases[] = {
        { { .allocs = at_most(5) }, AT_METRIC_ALLOCS, true, false },
        { { .reallocs = at_most(5) }, AT_METRIC_REALLOCS, true, false },
        { { .frees = at_most(5) }, AT_METRIC_FREES, true, false },
        { { .bytes = at_most(5) }, AT_METRIC_BYTES, true, false },
        { { .peak = at_most(5) }, AT_METRIC_PEAK, true, false },
        { { .live = at_most(5) }, AT_METRIC_LIVE, true, false },
        { { .leaks = at_most(5) }, AT_METRIC_LEAKS, true, false },
        { { .allocs = at_least(5) }, AT_METRIC_ALLOCS, false, true },
        { { .leaks = at_least(5) }, AT_METRIC_LEAKS, false, true },
        { { .allocs = at_exactly(5) }, AT_METRIC_ALLOCS, false, false },
        { { .leaks = at_exactly(5) }, AT_METRIC_LEAKS, false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct criterion_alloc_limits limits = criterion_alloc_limits_none();
        criterion_alloc_limits_add(&limits, &cases[i].budget, CRITERION_ALLOC_TEST);
        for (int j = 0; j < AT_N_METRICS; j++) {
            const struct criterion_alloc_limit *limit = &limits.fields[j];
            bool limited = (int) cases[i].metric == j;
            cr_expect(criterion_alloc_limit_holds(limit, 5), "case %zu, field %d", i, j);
            cr_expect_eq(criterion_alloc_limit_holds(limit, 4), !limited || cases[i].below_holds,
                         "case %zu, field %d, below", i, j);
            cr_expect_eq(criterion_alloc_limit_holds(limit, 6), !limited || cases[i].above_holds,
                         "case %zu, field %d, above", i, j);
        }
    }
}
