/* SPDX-License-Identifier: MIT */
/* The comparisons of all environments as one JSON document (docs/check.schema.json). */
#include <stdlib.h>

#include "base/json_text.h"
#include "cli/check_write.h"
#include "cli/describe.h"
#include "results/environment.h"

static void add_flag(struct at_text *text, const char *name, bool flag)
{
    at_json_name(text, name);
    at_text_add_string(text, flag ? "true" : "false");
}

static void add_metrics(struct at_text *text, const struct at_comparison *comparison,
                        const struct at_finding *finding)
{
    at_json_name(text, "metrics");
    at_text_add_string(text, "{");
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        at_json_name(text, at_baseline_metric_name(i));
        at_text_add_string(text, "{");
        if (finding->recorded) {
            at_json_integer(text, "baseline", finding->recorded->metrics[i]);
            at_json_integer(text, "limit", at_comparison_limit(comparison, finding->recorded, i));
        }
        if (finding->test && finding->test->measured)
            at_json_integer(text, "now", finding->test->usage[at_baseline_metrics[i]]);
        at_text_add_string(text, "}");
    }
    at_text_add_string(text, "}");
}

static void add_changes(struct at_text *text, const struct at_pool *pool,
                        const struct at_location_changes *changes)
{
    at_json_name(text, "sites");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < changes->n; i++) {
        const struct at_location_change *change = &changes->at[i];
        const struct at_location *location = &change->location;
        at_json_separate(text);
        at_text_add_string(text, "{");
        at_json_member(text, "kind", at_location_kind_name(change->kind));
        for (size_t k = 0; k < AT_BASELINE_METRICS; k++)
            if (change->known >> k & 1)
                at_json_integer(text, at_location_part_name(k), change->differences[k]);
        at_json_member(text, "call", at_pool_get(pool, location->call));
        if (location->function)
            at_json_member(text, "function", at_pool_get(pool, location->function));
        if (location->file)
            at_json_member(text, location->line ? "file" : "module",
                           at_pool_get(pool, location->file));
        if (location->line)
            at_json_integer(text, "line", location->line);
        at_text_add_string(text, "}");
    }
    at_text_add_string(text, "]");
}

static void add_finding(struct at_text *text, const struct at_comparison *comparison,
                        size_t environment, const struct at_finding *finding)
{
    const struct at_pool *pool = comparison->results->pool;
    struct at_location_changes changes = { 0 };
    struct at_text words = { 0 };
    int64_t parameter = finding->test ? finding->test->parameter : finding->recorded->parameter;
    uint32_t program = finding->test ? finding->test->program : finding->recorded->program;
    at_json_separate(text);
    at_text_add_string(text, "\n{");
    at_json_member(text, "id",
                   at_pool_get(pool, finding->test ? finding->test->id : finding->recorded->id));
    if (parameter >= 0)
        at_json_integer(text, "parameter", parameter);
    if (program)
        at_json_member(text, "program", at_pool_get(pool, program));
    at_json_count(text, "environment", environment);
    at_json_member(text, "outcome", at_outcome_names[finding->outcome]);
    add_flag(text, "fails", finding->fails);
    at_describe_finding(&words, comparison, finding);
    at_json_member(text, "words", at_text_get(&words));
    add_metrics(text, comparison, finding);
    if (finding->outcome == AT_OUTCOME_ABOVE || finding->outcome == AT_OUTCOME_BELOW)
        at_comparison_locations(comparison, finding, &changes);
    add_changes(text, pool, &changes);
    at_text_add_string(text, "}");
    at_text_free(&words);
    free(changes.at);
}

static void add_environments(struct at_text *text, const struct at_comparison *comparisons,
                             size_t n)
{
    at_json_name(text, "environments");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < n; i++) {
        at_json_separate(text);
        at_environment_write(text, comparisons[i].results->pool, AT_ENVIRONMENT_FIELDS,
                             &comparisons[i].results->environment);
    }
    at_text_add_string(text, "]");
}

/* Append the environment of the section that each run was compared with; null without a section. */
static void add_sections(struct at_text *text, const struct at_comparison *comparisons, size_t n)
{
    at_json_name(text, "sections");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < n; i++) {
        at_json_separate(text);
        if (comparisons[i].section)
            at_environment_write(text, comparisons[i].results->pool, AT_ENVIRONMENT_KEY,
                                 &comparisons[i].section->environment);
        else
            at_text_add_string(text, "null");
    }
    at_text_add_string(text, "]");
}

static void add_counts(struct at_text *text, const struct at_comparison *comparisons, size_t n)
{
    at_json_name(text, "counts");
    at_text_add_string(text, "{");
    for (size_t i = 0; i < AT_OUTCOMES; i++) {
        size_t count = 0;
        for (size_t k = 0; k < n; k++)
            count += comparisons[k].counts[i];
        at_json_count(text, at_outcome_names[i], count);
    }
    at_text_add_string(text, "}");
}

void at_check_write_json(struct at_text *text, const struct at_comparison *comparisons, size_t n)
{
    bool failed = false;
    for (size_t k = 0; k < n; k++)
        failed |= comparisons[k].failed;
    at_text_add_string(text, "{\"schema\":\"" AT_CHECK_SCHEMA "\"");
    add_flag(text, "failed", failed);
    add_environments(text, comparisons, n);
    add_sections(text, comparisons, n);
    add_counts(text, comparisons, n);
    at_text_add_string(text, ",\n\"findings\":[");
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < comparisons[k].findings.n; i++)
            add_finding(text, &comparisons[k], k, &comparisons[k].findings.at[i]);
    at_text_add_string(text, "\n]}\n");
}
