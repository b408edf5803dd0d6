/* SPDX-License-Identifier: MIT */
/* See describe.h. */
#include "cli/describe.h"

#include <string.h>

#include "symbols/function_name.h"

enum { MAX_FUNCTION_COLUMNS = 60 };

static bool is_control(char c)
{
    return (unsigned char) c < ' ' || c == 0x7F;
}

void at_escape_plain(struct at_text *text, const char *string)
{
    for (; *string; string++)
        at_text_add(text, is_control(*string) ? "?" : string, 1);
}

void at_escape_markdown(struct at_text *text, const char *string)
{
    for (; *string; string++) {
        if (is_control(*string)) {
            at_text_add_string(text, " ");
            continue;
        }
        if (strchr("\\`*_{}[]<>#|~&", *string))
            at_text_add_string(text, "\\");
        at_text_add(text, string, 1);
    }
}

void at_describe_metric(struct at_text *text, size_t metric, int64_t value)
{
    static const char *const before[] = { "", "", "peak ", "" };
    static const char *const after[] = { " alloc", " byte", " byte", " leak" };
    at_text_add_string(text, before[metric]);
    at_text_add_number(text, value);
    at_text_printf(text, "%s%s", after[metric], value == 1 ? "" : "s");
}

void at_describe_difference(struct at_text *text, int64_t difference)
{
    if (difference >= 0)
        at_text_add_string(text, "+");
    at_text_add_number(text, difference);
}

void at_describe_finding_id(struct at_text *text, const struct at_comparison *comparison,
                            const struct at_finding *finding)
{
    at_result_describe_id(text, comparison->results->pool, finding->shown_program,
                          finding->test ? finding->test->id : finding->recorded->id,
                          finding->test ? finding->test->parameter : finding->recorded->parameter);
}

/* Append the metrics that are above the limit; of a test that is below, those that are lower. */
static void describe_metrics(struct at_text *text, const struct at_comparison *comparison,
                             const struct at_finding *finding)
{
    const char *separator = "";
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        int64_t now = finding->test->usage[at_baseline_metrics[i]];
        int64_t then = finding->recorded->metrics[i];
        int64_t limit = at_comparison_limit(comparison, finding->recorded, i);
        if (finding->outcome == AT_OUTCOME_ABOVE ? now <= limit : now >= then)
            continue;
        at_text_add_string(text, separator);
        at_describe_metric(text, i, now);
        at_text_add_string(text, ", baseline ");
        at_text_add_number(text, then);
        at_text_add_string(text, " (");
        at_describe_difference(text, now - then);
        if (limit > then) {
            at_text_add_string(text, ", allowed +");
            at_text_add_number(text, limit - then);
        }
        at_text_add_string(text, ")");
        separator = "; ";
    }
    if (finding->outcome == AT_OUTCOME_ABOVE && !finding->test->has_sites)
        at_text_add_string(text, "; its call sites were not recorded");
    else if (finding->outcome == AT_OUTCOME_ABOVE
             && !at_baseline_knows_locations(finding->recorded))
        at_text_add_string(text, "; its entry has no call sites");
}

static void describe_new(struct at_text *text, const struct at_comparison *comparison,
                         const struct at_finding *finding)
{
    at_text_add_string(text, "not in the baseline: ");
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        at_text_add_string(text, i ? ", " : "");
        at_describe_metric(text, i, finding->test->usage[at_baseline_metrics[i]]);
    }
    if (finding->renamed_from) {
        at_text_add_string(text, "; the same as ");
        at_describe_finding_id(text, comparison, finding->renamed_from);
        at_text_add_string(text, ", which was removed: renamed?");
    }
}

static void describe_unreliable(struct at_text *text, const struct at_finding *finding)
{
    at_text_add_string(text, at_result_why_unreliable(finding->test));
    if (finding->test->signal)
        at_text_printf(text, " (signal %lld)", (long long) finding->test->signal);
}

void at_describe_finding(struct at_text *text, const struct at_comparison *comparison,
                         const struct at_finding *finding)
{
    switch (finding->outcome) {
        case AT_OUTCOME_ABOVE:
        case AT_OUTCOME_BELOW: describe_metrics(text, comparison, finding); break;
        case AT_OUTCOME_NEW: describe_new(text, comparison, finding); break;
        case AT_OUTCOME_UNRELIABLE: describe_unreliable(text, finding); break;
        case AT_OUTCOME_REMOVED:
            at_text_add_string(text, "in the baseline, but not in these results");
            break;
        default: at_text_add_string(text, at_outcome_names[finding->outcome]);
    }
}

static void add_difference(struct at_text *text, size_t metric, int64_t difference)
{
    static const char *const words[] = { " alloc", " byte", " byte", " leak" };
    at_describe_difference(text, difference);
    at_text_printf(text, "%s%s%s", words[metric], difference == 1 || difference == -1 ? "" : "s",
                   metric == AT_BASELINE_PEAK ? " at the peak" : "");
}

void at_describe_change(struct at_text *text, const struct at_pool *pool,
                        const struct at_location_change *change, unsigned shown)
{
    bool first = true;
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        if (change->differences[i] == 0 || (i > AT_BASELINE_BYTES && !(shown >> i & 1)))
            continue;
        at_text_add_string(text, first ? "" : ", ");
        add_difference(text, i, change->differences[i]);
        if (first) {
            at_text_add_string(text, " ");
            at_location_describe(text, pool, &change->location);
            if (change->kind != AT_LOCATION_CHANGED)
                at_text_printf(text, " (%s)", at_location_kind_name(change->kind));
        }
        first = false;
    }
    at_text_add_string(text, ", ");
    at_describe_function(text, pool, change->location.call);
    if (change->location.function) {
        at_text_add_string(text, " in ");
        at_describe_function(text, pool, change->location.function);
    }
}

void at_describe_section(struct at_text *text, const struct at_comparison *comparison)
{
    const struct at_pool *pool = comparison->results->pool;
    const struct at_environment *own = &comparison->results->environment;
    if (comparison->compared_with == AT_COMPARED_WITH_OWN)
        return;
    at_text_add_string(text, "The baseline has no section for ");
    at_environment_describe(text, pool, own);
    if (comparison->compared_with == AT_COMPARED_WITH_NONE) {
        at_text_add_string(text, ", and none for another version of its"
                                 " libc or compiler. `alloc-tracker update` adds a section.");
        return;
    }
    const char *separator = ". Compared with the nearest section, ";
    for (size_t i = 0; i < AT_ENVIRONMENT_KEY; i++) {
        uint32_t field = comparison->section->environment.fields[i];
        if (field == own->fields[i])
            continue;
        at_text_printf(text, "%s%s", separator, at_pool_get(pool, field));
        separator = ", ";
    }
    at_text_add_string(text, "; another version can change the usage."
                             " `alloc-tracker update` adds a section.");
}

void at_describe_counts(struct at_text *text, const struct at_comparison *comparison)
{
    const char *separator = ": ";
    size_t n = comparison->results->tests.n;
    if (n == 0) {
        at_text_add_string(text, "no test in these results: nothing was checked");
        return;
    }
    at_text_printf(text, "%zu test%s", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < AT_OUTCOMES; i++) {
        if (comparison->counts[i] == 0)
            continue;
        at_text_printf(text, "%s%zu %s", separator, comparison->counts[i], at_outcome_names[i]);
        separator = ", ";
    }
}

void at_describe_function(struct at_text *text, const struct at_pool *pool, uint32_t function)
{
    char shortened[AT_FUNCTION_NAME_SIZE];
    at_function_name_shorten(at_pool_get(pool, function), shortened, MAX_FUNCTION_COLUMNS);
    at_text_add_string(text, shortened);
}

void at_describe_frame(struct at_text *text, const struct at_pool *pool,
                       const struct at_result_frame *frame)
{
    if (frame->function)
        at_text_add_string(text, at_pool_get(pool, frame->function));
    else if (frame->module)
        at_text_printf(text, "%s+0x%llx", at_pool_get(pool, frame->module),
                       (unsigned long long) frame->offset);
    else
        at_text_add_string(text, "(unknown)");
}

bool at_has_reliable_metrics(const struct at_result_test *test)
{
    return test->measured && !at_result_why_unreliable(test);
}

void at_describe_series(struct at_text *name, const struct at_results *run, size_t n_runs,
                        const struct at_result_test *test)
{
    at_result_describe_id(name, run->pool, test->shown_program, test->id, test->parameter);
    if (n_runs <= 1)
        return;
    at_text_add_string(name, " (");
    at_environment_describe(name, run->pool, &run->environment);
    at_text_add_string(name, ")");
}
