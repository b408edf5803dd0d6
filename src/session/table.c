/* SPDX-License-Identifier: MIT */
/* at_report_print(): a report as a table. Also one operation as text. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "session/report.h"

enum { N_COLUMNS = 7, PEAK = N_COLUMNS - 1, CELL = 48 };

static const char *const headings[N_COLUMNS] = {
    "Bytes/iter", "min", "max", "Allocations/iter", "min", "max", "Peak bytes",
};

/* A value that a report does not have, and a value that does not exist, because no span has
   iterations. */
static const char unavailable[] = "n/a", undefined[] = "NaN";

/* Write a number of at least 0 with up to two decimals, without trailing zeros, and with commas
   between thousands, as in 1,234.5. Write `otherwise` if there is no number. The locale has no
   effect. */
static void format_number(double value, const char *otherwise, char cell[CELL])
{
    if (!isfinite(value)) {
        strcpy(cell, otherwise);
        return;
    }
    if (value >= 1e20) { /* only in a report that was edited */
        snprintf(cell, CELL, "%.0e", value);
        return;
    }
    if (value < 1e13) /* half a hundredth is rounded up: printf() rounds 0.125 to 0.12 */
        value = (double) (uint64_t) (value * 100 + 0.5) / 100;
    char digits[CELL];
    int length = snprintf(digits, sizeof digits, "%.2f", value);
    const char *decimals = digits + length - 2;
    size_t whole = strspn(digits, "0123456789"), n = 0;
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            cell[n++] = ',';
        cell[n++] = digits[i];
    }
    size_t n_decimals = decimals[1] != '0' ? 2 : decimals[0] != '0' ? 1 : 0;
    if (n_decimals > 0)
        cell[n++] = '.';
    memcpy(cell + n, decimals, n_decimals);
    cell[n + n_decimals] = '\0';
}

static const char *why_missing(const struct at_report_row *row)
{
    return row->moments.iterations == 0 ? undefined : unavailable;
}

static void format_row(const struct at_report_row *row, char cells[N_COLUMNS][CELL])
{
    struct at_statistics statistics = at_report_row_statistics(row);
    const char *missing = why_missing(row);
    format_number(statistics.bytes.slope, missing, cells[0]);
    format_number(row->moments.bytes.min, missing, cells[1]);
    format_number(row->moments.bytes.max, missing, cells[2]);
    format_number(statistics.allocs.slope, missing, cells[3]);
    format_number(row->moments.allocs.min, missing, cells[4]);
    format_number(row->moments.allocs.max, missing, cells[5]);
    format_number(statistics.peak.slope, unavailable, cells[PEAK]);
}

void at_report_row_format(const struct at_report_row *row, char *text, size_t size)
{
    struct at_statistics statistics = at_report_row_statistics(row);
    char bytes[CELL], allocs[CELL];
    format_number(statistics.bytes.slope, why_missing(row), bytes);
    format_number(statistics.allocs.slope, why_missing(row), allocs);
    if (row->moments.spans == 0)
        snprintf(text, size, "no measurements");
    else
        snprintf(text, size, "%s bytes/iter, %s allocations/iter", bytes, allocs);
}

static int wider(int width, const char *cell)
{
    return (int) strlen(cell) > width ? (int) strlen(cell) : width;
}

/* The layout of a table. */
struct layout {
    size_t n_columns; /* without the name */
    int name_width;
    int widths[N_COLUMNS];
};

static struct layout make_layout(const struct at_report *report)
{
    char cells[N_COLUMNS][CELL];
    struct layout layout = { PEAK, (int) strlen("Operation"), { 0 } };
    for (size_t i = 0; i < report->n_rows; i++) {
        format_row(&report->rows[i], cells);
        if (strcmp(cells[PEAK], unavailable) != 0)
            layout.n_columns = N_COLUMNS;
        layout.name_width = wider(layout.name_width, report->rows[i].name);
        for (size_t j = 0; j < N_COLUMNS; j++)
            layout.widths[j] = wider(wider(layout.widths[j], headings[j]), cells[j]);
    }
    return layout;
}

static void write_table(struct at_text *text, const struct at_report *report)
{
    struct layout layout = make_layout(report);
    char cells[N_COLUMNS][CELL];
    at_text_printf(text, "%-*s", layout.name_width, "Operation");
    for (size_t j = 0; j < layout.n_columns; j++)
        at_text_printf(text, "  %*s", layout.widths[j], headings[j]);
    at_text_add_string(text, "\n");
    for (size_t i = 0; i < report->n_rows; i++) {
        format_row(&report->rows[i], cells);
        at_text_printf(text, "%-*s", layout.name_width, report->rows[i].name);
        for (size_t j = 0; j < layout.n_columns; j++)
            at_text_printf(text, "  %*s", layout.widths[j], cells[j]);
        at_text_add_string(text, "\n");
    }
}

enum at_status at_report_print(const struct at_report *report, FILE *stream)
{
    struct at_text text = { 0 };
    if (at_report_is_empty(report))
        at_text_add_string(&text, "No allocation statistics captured.\n");
    else
        write_table(&text, report);
    bool written = !text.truncated && fputs(at_text_get(&text), stream) >= 0 && fflush(stream) == 0
                   && !ferror(stream);
    at_text_free(&text);
    return written ? AT_OK : AT_ERROR_IO;
}
