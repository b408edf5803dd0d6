/* SPDX-License-Identifier: MIT */
/* See words.h. */
#include "verdict/words.h"

#include <string.h>

#include "alloc_tracker/region.h"

const char *const at_metric_names[AT_N_METRICS] = {
    [AT_METRIC_ALLOCS] = "allocs", [AT_METRIC_REALLOCS] = "reallocs", [AT_METRIC_FREES] = "frees",
    [AT_METRIC_BYTES] = "bytes",   [AT_METRIC_PEAK] = "peak",         [AT_METRIC_LIVE] = "live",
    [AT_METRIC_LEAKS] = "leaks",
};

const char *const at_verdict_names[AT_N_VERDICTS] = {
    [AT_VERDICT_NONE] = "none",
    [AT_VERDICT_WITHIN] = "within",
    [AT_VERDICT_OVER] = "over",
    [AT_VERDICT_UNOBSERVED] = "unobserved",
    [AT_VERDICT_INCOMPLETE] = "incomplete",
};

const char *const at_limit_source_names[AT_N_SOURCES] = {
    [AT_SOURCE_ENVIRONMENT] = "environment",
    [AT_SOURCE_SUITE] = "suite",
    [AT_SOURCE_TEST] = "test",
    [AT_SOURCE_STATEMENT] = "statement",
};

const char *const at_scope_names[2] = {
    [AT_PROCESS] = "process",
    [AT_THREAD] = "thread",
};

bool at_metric_find(const char *name, size_t n, enum at_metric *metric)
{
    for (int i = 0; i < AT_N_METRICS; i++) {
        if (strlen(at_metric_names[i]) != n || strncmp(at_metric_names[i], name, n) != 0)
            continue;
        *metric = (enum at_metric) i;
        return true;
    }
    return false;
}
