/* SPDX-License-Identifier: MIT */
/*
 * The names in results, in baselines and in reports of `check`: schemas, members, statuses and
 * outcomes. Each name is written once, here or in verdict/words.h. Readers and writers, in the
 * measured process and in the command, refer to it. Everything here may be used inside an
 * allocation and in any thread.
 */
#ifndef AT_RESULTS_NAMES_H
#define AT_RESULTS_NAMES_H

#include <stddef.h>

#include "symbols/trace_end.h"
#include "verdict/words.h"

#define AT_RESULTS_SCHEMA "alloc-tracker-results/1" /* docs/results.schema.json */
#define AT_RESULTS_OFF "\"off\":true" /* member of results of a run with ALLOC_TRACKER=off */
#define AT_BASELINE_SCHEMA "alloc-tracker-baseline/1" /* docs/baseline.schema.json */
#define AT_CHECK_SCHEMA "alloc-tracker-check/1"       /* docs/check.schema.json */

/* The members of object "environment", in the order of the file. */
enum at_environment_field {
    AT_ENVIRONMENT_ARCH,
    AT_ENVIRONMENT_LIBC,
    AT_ENVIRONMENT_COMPILER,
    AT_ENVIRONMENT_OPTIMIZATION,
    AT_ENVIRONMENT_SANITIZER,
    AT_ENVIRONMENT_LIBRARY,
    AT_ENVIRONMENT_FIELDS,
    AT_ENVIRONMENT_KEY = AT_ENVIRONMENT_LIBRARY /* the fields that must be equal to compare runs */
};
extern const char *const at_environment_names[AT_ENVIRONMENT_FIELDS];

/* Return the base name of an executable. libtool runs a program NAME of the build directory as
   .libs/lt-NAME; without "lt-" then. */
const char *at_program_name(const char *path);

/* Values in "environment". */
extern const char at_none[], at_mixed[], at_unknown[];

/* How code was compiled. */
enum at_optimization {
    AT_OPTIMIZATION_NONE,
    AT_OPTIMIZATION_SPEED,
    AT_OPTIMIZATION_SIZE,
    AT_OPTIMIZATION_MIXED, /* several compile units, in different ways */
    AT_OPTIMIZATION_UNKNOWN,
    AT_OPTIMIZATIONS
};
extern const char *const at_optimization_names[AT_OPTIMIZATIONS];

/* How a test ended. */
enum at_test_status {
    AT_TEST_PASSED,
    AT_TEST_FAILED,
    AT_TEST_SKIPPED,
    AT_TEST_CRASHED,
    AT_TEST_TIMED_OUT,
    AT_TEST_STATUSES
};
extern const char *const at_test_status_names[AT_TEST_STATUSES];

/* The members of object "usage", in the order of the file: the metrics, then what no budget can
   limit. */
enum at_usage_member {
    AT_USAGE_ALLOCS = AT_METRIC_ALLOCS,
    AT_USAGE_FREES = AT_METRIC_FREES,
    AT_USAGE_BYTES = AT_METRIC_BYTES,
    AT_USAGE_PEAK = AT_METRIC_PEAK,
    AT_USAGE_LIVE = AT_METRIC_LIVE,
    AT_USAGE_LEAKS = AT_METRIC_LEAKS,
    AT_USAGE_LEAKED_BYTES = AT_N_METRICS,
    AT_USAGE_FAILED,
    AT_USAGE_PERMITTED,
    AT_USAGE_UNKNOWN,
    AT_USAGE_MEMBERS
};

/* Return the name of a member of "usage"; of a metric, that of at_metric_names. */
const char *at_usage_name(size_t member);

/* The optional metrics of a call site, in the order of the file. */
enum at_site_member {
    AT_SITE_MIN_BYTES,
    AT_SITE_MAX_BYTES,
    AT_SITE_PEAK_COUNT,
    AT_SITE_PEAK_BYTES,
    AT_SITE_MEMBERS
};
extern const char *const at_site_member_names[AT_SITE_MEMBERS];

/* The sources of limits in results: the first of at_limit_source_names. */
enum { AT_RESULTS_SOURCES = AT_SOURCE_TEST + 1 };

/* The words for enum at_trace_end, member "stack_end" of a call site. */
extern const char *const at_stack_end_names[AT_TRACE_ENDS];

/* The outcome of comparing a test with its baseline. */
enum at_check_outcome {
    AT_OUTCOME_WITHIN,
    AT_OUTCOME_SKIPPED,
    AT_OUTCOME_BELOW,
    AT_OUTCOME_REMOVED, /* in the baseline, not in the results */
    AT_OUTCOME_NEW,     /* in the results, not in the baseline */
    AT_OUTCOME_ABOVE,
    AT_OUTCOME_UNRELIABLE,
    AT_OUTCOMES
};
extern const char *const at_outcome_names[AT_OUTCOMES];

/* How a location differs between two runs. */
enum at_location_kind {
    AT_LOCATION_CHANGED,
    AT_LOCATION_NEW,
    AT_LOCATION_REMOVED,
    AT_LOCATION_KINDS
};

/* Return "changed", or the word of the outcome of the same meaning: "new", "removed". */
const char *at_location_kind_name(enum at_location_kind kind);

#endif
