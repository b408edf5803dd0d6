/* SPDX-License-Identifier: MIT */
/* See names.h. */
#include "results/names.h"

#include <stdbool.h>
#include <string.h>

const char *const at_environment_names[AT_ENVIRONMENT_FIELDS] = {
    [AT_ENVIRONMENT_ARCH] = "arch",           [AT_ENVIRONMENT_LIBC] = "libc",
    [AT_ENVIRONMENT_COMPILER] = "compiler",   [AT_ENVIRONMENT_OPTIMIZATION] = "optimization",
    [AT_ENVIRONMENT_SANITIZER] = "sanitizer", [AT_ENVIRONMENT_LIBRARY] = "library",
};

const char *at_program_name(const char *path)
{
    static const char directory[] = ".libs/", prefix[] = "lt-";
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t n = sizeof directory - 1;
    bool is_libtool = (size_t) (name - path) >= n && strncmp(name - n, directory, n) == 0
                      && strncmp(name, prefix, sizeof prefix - 1) == 0;
    return is_libtool ? name + sizeof prefix - 1 : name;
}

const char at_none[] = "none";
const char at_mixed[] = "mixed";
const char at_unknown[] = "unknown";

const char *const at_optimization_names[AT_OPTIMIZATIONS] = {
    [AT_OPTIMIZATION_NONE] = at_none,       [AT_OPTIMIZATION_SPEED] = "speed",
    [AT_OPTIMIZATION_SIZE] = "size",        [AT_OPTIMIZATION_MIXED] = at_mixed,
    [AT_OPTIMIZATION_UNKNOWN] = at_unknown,
};

const char *const at_test_status_names[AT_TEST_STATUSES] = {
    [AT_TEST_PASSED] = "passed",   [AT_TEST_FAILED] = "failed",       [AT_TEST_SKIPPED] = "skipped",
    [AT_TEST_CRASHED] = "crashed", [AT_TEST_TIMED_OUT] = "timed-out",
};

const char *at_usage_name(size_t member)
{
    static const char *const others[AT_USAGE_MEMBERS] = {
        [AT_USAGE_LEAKED_BYTES] = "leaked_bytes",
        [AT_USAGE_FAILED] = "failed",
        [AT_USAGE_PERMITTED] = "permitted",
        [AT_USAGE_UNKNOWN] = at_unknown,
    };
    return member < AT_N_METRICS ? at_metric_names[member] : others[member];
}

const char *const at_site_member_names[AT_SITE_MEMBERS] = {
    [AT_SITE_MIN_BYTES] = "min_bytes",
    [AT_SITE_MAX_BYTES] = "max_bytes",
    [AT_SITE_PEAK_COUNT] = "peak_count",
    [AT_SITE_PEAK_BYTES] = "peak_bytes",
};

const char *const at_stack_end_names[AT_TRACE_ENDS] = AT_TRACE_END_NAMES;

const char *const at_outcome_names[AT_OUTCOMES] = {
    [AT_OUTCOME_WITHIN] = "within",
    [AT_OUTCOME_SKIPPED] = "skipped",
    [AT_OUTCOME_BELOW] = "below",
    [AT_OUTCOME_REMOVED] = "removed",
    [AT_OUTCOME_NEW] = "new",
    [AT_OUTCOME_ABOVE] = "above",
    [AT_OUTCOME_UNRELIABLE] = "unreliable",
};

const char *at_location_kind_name(enum at_location_kind kind)
{
    switch (kind) {
        case AT_LOCATION_NEW: return at_outcome_names[AT_OUTCOME_NEW];
        case AT_LOCATION_REMOVED: return at_outcome_names[AT_OUTCOME_REMOVED];
        default: return "changed";
    }
}
