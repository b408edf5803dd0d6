/* SPDX-License-Identifier: MIT */
/* at_report_print(): a report as a table. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "session/report.h"

enum { N_COLUMNS = 6, CELL = 48 };

static const char *const headings[N_COLUMNS] = {
    "Bytes/iter", "min", "max", "Allocations/iter", "min", "max",
};

/* Format a number of at least 0 with up to two decimals, without trailing zeros, and with commas
   between thousands, as in 1,234.5. The locale has no effect. */
static void format_number(double value, char cell[CELL])
{
    if (!isfinite(value)) {
        strcpy(cell, "-");
        return;
    }
    if (value >= 1e20) { /* only in a report that was edited */
        snprintf(cell, CELL, "%.0e", value);
        return;
    }
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

static void format_row(const struct at_report_row *row, char cells[N_COLUMNS][CELL])
{
    struct at_statistics statistics = at_moments_statistics(&row->moments);
    format_number(statistics.bytes.mean, cells[0]);
    format_number(row->moments.bytes.min, cells[1]);
    format_number(row->moments.bytes.max, cells[2]);
    format_number(statistics.allocs.mean, cells[3]);
    format_number(row->moments.allocs.min, cells[4]);
    format_number(row->moments.allocs.max, cells[5]);
}

static int wider(int width, const char *cell)
{
    return (int) strlen(cell) > width ? (int) strlen(cell) : width;
}

enum at_status at_report_print(const struct at_report *report, FILE *stream)
{
    if (report->n_rows == 0)
        return AT_OK;
    char cells[N_COLUMNS][CELL];
    int widths[N_COLUMNS] = { 0 };
    int name_width = (int) strlen("Operation");
    for (size_t i = 0; i < report->n_rows; i++) {
        format_row(&report->rows[i], cells);
        name_width = wider(name_width, report->rows[i].name);
        for (size_t j = 0; j < N_COLUMNS; j++)
            widths[j] = wider(wider(widths[j], headings[j]), cells[j]);
    }
    struct at_text text = { 0 };
    at_text_printf(&text, "%-*s", name_width, "Operation");
    for (size_t j = 0; j < N_COLUMNS; j++)
        at_text_printf(&text, "  %*s", widths[j], headings[j]);
    at_text_add_string(&text, "\n");
    for (size_t i = 0; i < report->n_rows; i++) {
        format_row(&report->rows[i], cells);
        at_text_printf(&text, "%-*s", name_width, report->rows[i].name);
        for (size_t j = 0; j < N_COLUMNS; j++)
            at_text_printf(&text, "  %*s", widths[j], cells[j]);
        at_text_add_string(&text, "\n");
    }
    bool written = !text.truncated && fputs(at_text_get(&text), stream) >= 0 && fflush(stream) == 0
                   && !ferror(stream);
    at_text_free(&text);
    return written ? AT_OK : AT_ERROR_IO;
}
