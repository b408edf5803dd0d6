/* SPDX-License-Identifier: MIT */
/* See summary.h. */
#include "results/summary.h"

#include <string.h>

enum { MAX_ID = 60, MIN_WIDTH = 6 };

static const char id_heading[] = "test";

const enum at_metric at_summary_columns[AT_SUMMARY_COLUMNS] = {
    AT_METRIC_ALLOCS, AT_METRIC_BYTES, AT_METRIC_PEAK, AT_METRIC_FREES, AT_METRIC_LEAKS,
};

void at_summary_add_cell(struct at_text *text, const struct at_summary_row *row, size_t column)
{
    if (row->usage)
        at_text_add_number(text, row->usage[at_summary_columns[column]]);
    else
        at_text_add_string(text, "-");
}

const char *at_summary_why_unreliable(const struct at_summary_row *row)
{
    if (row->status == AT_TEST_SKIPPED)
        return NULL;
    if (row->status == AT_TEST_CRASHED)
        return "it crashed, so its usage is not complete";
    if (row->status == AT_TEST_TIMED_OUT)
        return "it timed out, so its usage is not complete";
    if (row->verdict == AT_VERDICT_UNOBSERVED || !row->usage)
        return "its allocations were not observed";
    if (row->verdict == AT_VERDICT_INCOMPLETE || row->dropped)
        return "some of its allocations were not recorded";
    if (row->status == AT_TEST_FAILED)
        return "it failed, so its usage may not be complete";
    return NULL;
}

void at_summary_add_status(struct at_text *text, const struct at_summary_row *row)
{
    at_text_add_string(text, at_test_status_names[row->status]);
    if (row->signal)
        at_text_printf(text, " (signal %lld)", (long long) row->signal);
    const char *reason = at_summary_why_unreliable(row);
    if (reason && row->status == AT_TEST_PASSED)
        at_text_printf(text, ", but %s", reason);
}

struct at_summary_widths at_summary_widths(void)
{
    struct at_summary_widths widths = { .id = strlen(id_heading) };
    for (size_t i = 0; i < AT_SUMMARY_COLUMNS; i++)
        widths.columns[i] = MIN_WIDTH;
    return widths;
}

void at_summary_measure(struct at_summary_widths *widths, const struct at_summary_row *row)
{
    size_t length = strlen(row->id);
    if (length > widths->id && length <= MAX_ID)
        widths->id = length;
    struct at_text cell = { 0 };
    for (size_t i = 0; i < AT_SUMMARY_COLUMNS; i++) {
        cell.length = 0;
        at_summary_add_cell(&cell, row, i);
        if (cell.length > widths->columns[i])
            widths->columns[i] = cell.length;
    }
    at_text_free(&cell);
}

/* Append what has been formatted in `cell`, aligned to the right, and empty it. */
static void add_aligned(struct at_text *text, struct at_text *cell, size_t width)
{
    at_text_printf(text, "  %*s", (int) width, at_text_get(cell));
    cell->length = 0;
}

void at_summary_add_header(struct at_text *text, const struct at_summary_widths *widths)
{
    struct at_text cell = { 0 };
    at_text_printf(text, "%-*s", (int) widths->id, id_heading);
    for (size_t i = 0; i < AT_SUMMARY_COLUMNS; i++) {
        at_text_add_string(&cell, at_metric_names[at_summary_columns[i]]);
        add_aligned(text, &cell, widths->columns[i]);
    }
    at_text_add_string(text, "  status\n");
    at_text_free(&cell);
}

void at_summary_add_row(struct at_text *text, const struct at_summary_widths *widths,
                        const struct at_summary_row *row)
{
    struct at_text cell = { 0 };
    at_text_printf(text, "%-*s", (int) widths->id, row->id);
    for (size_t i = 0; i < AT_SUMMARY_COLUMNS; i++) {
        at_summary_add_cell(&cell, row, i);
        add_aligned(text, &cell, widths->columns[i]);
    }
    at_text_add_string(text, "  ");
    at_summary_add_status(text, row);
    at_text_add_string(text, "\n");
    at_text_free(&cell);
}
