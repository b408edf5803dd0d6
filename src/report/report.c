/* SPDX-License-Identifier: MIT */
/* See report.h. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

enum { FIRST_CAPACITY = 8 };

static bool grow(struct at_report_builder *builder)
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

void at_report_builder_add(struct at_report_builder *builder, const char *name,
                           const struct at_moments *moments)
{
    if (builder->n_rows == builder->capacity && !grow(builder)) {
        builder->failed = true;
        return;
    }
    builder->rows[builder->n_rows++] = (struct at_report_row){ name, *moments };
}

void at_report_builder_discard(struct at_report_builder *builder)
{
    at_pages_free(builder->rows, builder->capacity * sizeof *builder->rows);
    *builder = (struct at_report_builder){ 0 };
}

static int by_name(const void *left, const void *right)
{
    const struct at_report_row *a = left;
    const struct at_report_row *b = right;
    return strcmp(a->name, b->name);
}

/* In place and without malloc, which libc's qsort uses for more than a kilobyte. */
static void sort(struct at_report_row *rows, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct at_report_row row = rows[i];
        size_t j = i;
        for (; j > 0 && by_name(&row, &rows[j - 1]) < 0; j--)
            rows[j] = rows[j - 1];
        rows[j] = row;
    }
}

static size_t unite(struct at_report_row *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && strcmp(rows[kept - 1].name, rows[i].name) == 0)
            at_moments_merge(&rows[kept - 1].moments, &rows[i].moments);
        else
            rows[kept++] = rows[i];
    }
    return kept;
}

enum at_status at_report_builder_finish(struct at_report_builder *builder,
                                        struct at_report **report)
{
    sort(builder->rows, builder->n_rows);
    size_t n = unite(builder->rows, builder->n_rows);
    size_t size = sizeof(struct at_report) + n * sizeof(struct at_report_row);
    for (size_t i = 0; i < n; i++)
        size += strlen(builder->rows[i].name) + 1;
    struct at_report *fresh = builder->failed ? NULL : at_pages_new(size);
    if (fresh) {
        fresh->size = size;
        fresh->n_rows = n;
        char *names = (char *) &fresh->rows[n];
        for (size_t i = 0; i < n; i++) {
            fresh->rows[i] = builder->rows[i];
            fresh->rows[i].name = strcpy(names, builder->rows[i].name);
            names += strlen(names) + 1;
        }
        *report = fresh;
    }
    at_report_builder_discard(builder);
    return fresh ? AT_OK : AT_ERROR_NO_MEMORY;
}

struct at_report *at_report_free(struct at_report *report)
{
    if (report)
        at_pages_free(report, report->size);
    return NULL;
}

bool at_report_is_empty(const struct at_report *report)
{
    return report->n_rows == 0;
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
    *statistics = at_moments_statistics(&report->rows[index].moments);
    return AT_OK;
}

enum at_status at_report_merge(const struct at_report *a, const struct at_report *b,
                               struct at_report **merged)
{
    struct at_report_builder builder = { 0 };
    for (size_t i = 0; i < a->n_rows; i++)
        at_report_builder_add(&builder, a->rows[i].name, &a->rows[i].moments);
    for (size_t i = 0; i < b->n_rows; i++)
        at_report_builder_add(&builder, b->rows[i].name, &b->rows[i].moments);
    return at_report_builder_finish(&builder, merged);
}
