/* SPDX-License-Identifier: MIT */
/* table.c: a report as a table, and one operation as text. */
#include <stdio.h>
#include <stdlib.h>

#include "alloc_tracker/criterion.h"
#include "report_rows.h"

static const char *print(const struct at_report *report)
{
    static char *text;
    size_t size = 0;
    free(text);
    text = NULL;
    FILE *stream = open_memstream(&text, &size);
    cr_expect_eq(at_report_print(report, stream), AT_OK);
    fclose(stream);
    return text;
}

Test(table, the_table)
{
    struct at_report_builder builder = { 0 };
    struct at_moments moments;
    at_moments_init(&moments);
    at_moments_add(&moments, &(struct at_sample){ 3, 4000000, 1 }, 1);
    at_moments_add(&moments, &(struct at_sample){ 1, 24, 2 }, 1);
    at_test_add_row(&builder, "second, and long", &moments);
    at_moments_init(&moments);
    at_moments_add(&moments, &(struct at_sample){ 0, 5, 1 }, 1);
    at_test_add_row(&builder, "first", &moments);
    struct at_report *report = NULL;
    cr_assert_eq(at_report_builder_finish(&builder, &report), AT_OK);
    cr_expect_str_eq(
        print(report),
        "Operation          Bytes/iter  min           max  Allocations/iter   min  max\n"
        "first                     NaN  NaN           NaN               NaN   NaN  NaN\n"
        "second, and long  1,200,002.4   24  1,333,333.33               0.5  0.33    2\n",
        "%s", print(report));
    FILE *stream = fopen("/dev/full", "w");
    cr_expect_eq(at_report_print(report, stream), AT_ERROR_IO);
    fclose(stream);
    at_report_free(report);
}

Test(table, the_table_has_a_column_of_peaks_if_there_is_one)
{
    struct at_report_builder builder = { 0 };
    struct at_report *report = NULL;
    at_test_add_levels(&builder, "all", (struct at_test_level[]){ { 1, 1000 }, { 3, 100 } }, 2);
    at_test_add_levels(&builder, "some", (struct at_test_level[]){ { 1, 1000 }, { 3, -1 } }, 2);
    cr_assert_eq(at_report_builder_finish(&builder, &report), AT_OK);
    cr_expect_str_eq(print(report),
                     "Operation  Bytes/iter  min  max  Allocations/iter   min  max  Peak bytes\n"
                     "all                 8    8    8               0.4  0.33    1         190\n"
                     "some                8    8    8               0.4  0.33    1         n/a\n",
                     "%s", print(report));
    struct at_operation_totals totals;
    cr_assert_eq(at_report_operation(report, 1, &totals), AT_OK);
    cr_expect_eq(totals.max_peak, 1000, "the largest peak of the tracked spans stays");
    char text[128], cut[8];
    cr_expect_eq(at_report_format_operation(report, 1, text, sizeof text), AT_OK);
    cr_expect_str_eq(text, "8 bytes/iter, 0.4 allocations/iter");
    cr_expect_eq(at_report_format_operation(report, 1, cut, sizeof cut), AT_OK);
    cr_expect_str_eq(cut, "8 bytes");
    cr_expect_eq(at_report_format_operation(report, 2, text, sizeof text),
                 AT_ERROR_INVALID_ARGUMENT);
    at_report_free(report);
}

/* As in the crate: half a hundredth is rounded up. */
Test(table, two_decimals_are_rounded_half_up)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        { 1, "0.13 bytes/iter, 0.38 allocations/iter" },
        { 7999, "999.88 bytes/iter, 0.38 allocations/iter" },
        { 8000, "1,000 bytes/iter, 0.38 allocations/iter" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        struct at_report_row row = { 0 };
        at_moments_init(&row.moments);
        at_moments_add(&row.moments, &(struct at_sample){ 8, cases[i].bytes, 3 }, 1);
        at_report_row_format(&row, text, sizeof text);
        cr_expect_str_eq(text, cases[i].text);
    }
}

/* As in the crate: a report is empty if nothing was iterated. */
Test(table, a_report_without_iterations_is_empty)
{
    struct at_report_builder builder = { 0 };
    struct at_moments moments;
    at_moments_init(&moments);
    at_moments_add(&moments, &(struct at_sample){ 0, 5, 1 }, 1);
    at_test_add_row(&builder, "op", &moments);
    struct at_report *report = NULL;
    cr_assert_eq(at_report_builder_finish(&builder, &report), AT_OK);
    cr_expect(at_report_is_empty(report));
    cr_expect_eq(at_report_n_operations(report), 1);
    cr_expect_str_eq(print(report), "No allocation statistics captured.\n");
    char text[128];
    cr_expect_eq(at_report_format_operation(report, 0, text, sizeof text), AT_OK);
    cr_expect_str_eq(text, "NaN bytes/iter, NaN allocations/iter");
    at_report_free(report);
}
