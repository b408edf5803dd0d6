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

/* Two decimals at most, without trailing zeros, thousands separated: 1,234.5. */
static void format(double value, char cell[CELL])
{
    if (!isfinite(value)) {
        strcpy(cell, "-");
        return;
    }
    char digits[CELL];
    snprintf(digits, sizeof digits, "%.2f", value);
    size_t whole = strcspn(digits, ".");
    size_t length = strlen(digits);
    while (digits[length - 1] == '0')
        length--;
    length -= digits[length - 1] == '.';
    size_t n = 0;
    for (size_t i = 0; i < length && n + 2 < CELL; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            cell[n++] = ',';
        cell[n++] = digits[i];
    }
    cell[n] = '\0';
}

static void format_row(const struct at_report_row *row, char cells[N_COLUMNS][CELL])
{
    struct at_statistics statistics = at_moments_statistics(&row->moments);
    format(statistics.bytes.mean, cells[0]);
    format(row->moments.bytes.min, cells[1]);
    format(row->moments.bytes.max, cells[2]);
    format(statistics.allocs.mean, cells[3]);
    format(row->moments.allocs.min, cells[4]);
    format(row->moments.allocs.max, cells[5]);
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
