/* SPDX-License-Identifier: MIT */
/* See report.h. */
#include "session/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/sort.h"

enum { FIRST_CAPACITY = 8 };

static bool grow_rows(struct at_report_builder *builder)
{
    size_t capacity = builder->capacity ? builder->capacity * 2 : FIRST_CAPACITY;
    struct at_report_row *rows = at_pages_new(capacity * sizeof *rows);
    if (!rows)
        return false;
    if (builder->n_rows)
        memcpy(rows, builder->rows, builder->n_rows * sizeof *rows);
    at_pages_free(builder->rows, builder->capacity * sizeof *rows);
    builder->rows = rows;
    builder->capacity = capacity;
    return true;
}

void at_report_builder_add(struct at_report_builder *builder, const struct at_report_row *row)
{
    if (builder->n_rows == builder->capacity && !grow_rows(builder)) {
        builder->failed = true;
        return;
    }
    builder->rows[builder->n_rows++] = *row;
}

void at_report_builder_discard(struct at_report_builder *builder)
{
    at_pages_free(builder->rows, builder->capacity * sizeof *builder->rows);
    *builder = (struct at_report_builder){ 0 };
}

/* Order rows by name, and rows of the same name by address. */
static int compare_rows(const void *left, const void *right, void *unused)
{
    (void) unused;
    const struct at_report_row *a = *(const struct at_report_row *const *) left;
    const struct at_report_row *b = *(const struct at_report_row *const *) right;
    int order = strcmp(a->name, b->name);
    return order ? order : a < b ? -1 : a > b;
}

/* Store the rows in `sorted`, in the order of their names. Rows of the same name are merged into
   one. Return the number of rows that remain. */
static size_t sort_and_merge(struct at_report_builder *builder, struct at_report_row **sorted)
{
    size_t n = 0;
    for (size_t i = 0; i < builder->n_rows; i++)
        sorted[i] = &builder->rows[i];
    at_sort(sorted, builder->n_rows, sizeof *sorted, compare_rows, NULL);
    for (size_t i = 0; i < builder->n_rows; i++) {
        if (n > 0 && strcmp(sorted[n - 1]->name, sorted[i]->name) == 0)
            at_report_row_merge(sorted[n - 1], sorted[i]);
        else
            sorted[n++] = sorted[i];
    }
    return n;
}

/* Return a report with copies of `n` rows; NULL if memory ran out. */
static struct at_report *copy_rows(struct at_report_row *const *rows, size_t n)
{
    size_t size = sizeof(struct at_report) + n * sizeof(struct at_report_row);
    for (size_t i = 0; i < n; i++)
        size += strlen(rows[i]->name) + 1;
    struct at_report *report = at_pages_new(size);
    if (!report)
        return NULL;
    report->size = size;
    report->n_rows = n;
    char *names = (char *) &report->rows[n];
    for (size_t i = 0; i < n; i++) {
        report->rows[i] = *rows[i];
        report->rows[i].name = strcpy(names, rows[i]->name);
        names += strlen(names) + 1;
    }
    return report;
}

enum at_status at_report_builder_finish(struct at_report_builder *builder,
                                        struct at_report **report)
{
    size_t size = (builder->n_rows + 1) * sizeof(struct at_report_row *);
    struct at_report_row **sorted = builder->failed ? NULL : at_pages_new(size);
    struct at_report *fresh = NULL;
    if (sorted)
        fresh = copy_rows(sorted, sort_and_merge(builder, sorted));
    at_pages_free(sorted, size);
    at_report_builder_discard(builder);
    if (!fresh)
        return AT_ERROR_NO_MEMORY;
    *report = fresh;
    return AT_OK;
}

struct at_report *at_report_free(struct at_report *report)
{
    if (report)
        at_pages_free(report, report->size);
    return NULL;
}

bool at_report_is_empty(const struct at_report *report)
{
    for (size_t i = 0; i < report->n_rows; i++)
        if (report->rows[i].moments.iterations > 0)
            return false;
    return true;
}

size_t at_report_n_operations(const struct at_report *report)
{
    return report->n_rows;
}

enum at_status at_report_operation(const struct at_report *report, size_t index,
                                   struct at_operation_totals *operation)
{
    if (index >= report->n_rows)
        return AT_ERROR_INVALID_ARGUMENT;
    const struct at_moments *moments = &report->rows[index].moments;
    *operation = (struct at_operation_totals){
        .name = report->rows[index].name,
        .spans = moments->spans,
        .iterations = moments->iterations,
        .bytes = moments->bytes.total,
        .allocs = moments->allocs.total,
        .min_bytes = moments->bytes.min,
        .max_bytes = moments->bytes.max,
        .min_allocs = moments->allocs.min,
        .max_allocs = moments->allocs.max,
        .tracked_spans = moments->tracked_spans,
        .max_peak = moments->max_peak,
        .max_live = moments->max_live,
        .min_live = moments->min_live,
    };
    return AT_OK;
}

enum at_status at_report_statistics(const struct at_report *report, size_t index,
                                    struct at_statistics *statistics)
{
    if (index >= report->n_rows)
        return AT_ERROR_INVALID_ARGUMENT;
    *statistics = at_report_row_statistics(&report->rows[index]);
    return AT_OK;
}

enum at_status at_report_format_operation(const struct at_report *report, size_t index, char *text,
                                          size_t size)
{
    if (index >= report->n_rows)
        return AT_ERROR_INVALID_ARGUMENT;
    at_report_row_format(&report->rows[index], text, size);
    return AT_OK;
}

enum at_status at_report_merge(const struct at_report *a, const struct at_report *b,
                               struct at_report **merged)
{
    struct at_report_builder builder = { 0 };
    for (size_t i = 0; i < a->n_rows; i++)
        at_report_builder_add(&builder, &a->rows[i]);
    for (size_t i = 0; i < b->n_rows; i++)
        at_report_builder_add(&builder, &b->rows[i]);
    return at_report_builder_finish(&builder, merged);
}
