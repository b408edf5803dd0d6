/* SPDX-License-Identifier: MIT */
/* Rows of reports, for tests. */
#ifndef AT_TESTS_REPORT_ROWS_H
#define AT_TESTS_REPORT_ROWS_H

#include "session/report.h"

/* The iterations of a span and its peak, -1 for none. */
struct at_test_level {
    uint64_t iterations;
    int64_t peak;
};

static inline void at_test_add_row(struct at_report_builder *builder, const char *name,
                                   const struct at_moments *moments)
{
    at_report_builder_add(builder, &(struct at_report_row){ .name = name, .moments = *moments });
}

/* Add an operation with a span for each level, of 8 bytes an iteration and one allocation. */
static inline void at_test_add_levels(struct at_report_builder *builder, const char *name,
                                      const struct at_test_level *levels, size_t n)
{
    struct at_moments moments;
    at_moments_init(&moments);
    for (size_t i = 0; i < n; i++) {
        struct at_sample sample = { levels[i].iterations, 8 * levels[i].iterations, 1 };
        if (levels[i].peak < 0)
            at_moments_add(&moments, &sample, 1);
        else
            at_moments_add_tracked(&moments, &sample, levels[i].peak, 0);
    }
    at_test_add_row(builder, name, &moments);
}

#endif
