/* SPDX-License-Identifier: MIT */
/* The judgements of all environments as one JSON document, schema "alloc-tracker-check/1". */
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

static void add_figures(struct at_text *text, const struct at_comparison *judgement,
                        const struct at_finding *finding)
{
    at_json_name(text, "figures");
    at_text_add_string(text, "{");
    for (size_t i = 0; i < AT_GATES; i++) {
        at_json_name(text, at_gate_names[i]);
        at_text_add_string(text, "{");
        if (finding->entry) {
            at_json_integer(text, "baseline", finding->entry->figures[i]);
            at_json_integer(text, "limit", at_comparison_limit(judgement, finding->entry, i));
        }
        if (finding->test && finding->test->measured)
            at_json_integer(text, "now", finding->test->usage[at_gate_figures[i]]);
        at_text_add_string(text, "}");
    }
    at_text_add_string(text, "}");
}

static void add_changes(struct at_text *text, const struct at_pool *pool,
                        const struct at_location_changes *changes)
{
    static const char *const kinds[] = { "changed", "new", "gone" };
    at_json_name(text, "sites");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < changes->n; i++) {
        const struct at_location_change *change = &changes->at[i];
        const struct at_location *place = &change->place;
        at_json_separate(text);
        at_text_add_string(text, "{");
        at_json_member(text, "kind", kinds[change->kind]);
        at_json_integer(text, "allocs", change->allocs);
        at_json_integer(text, "bytes", change->bytes);
        at_json_member(text, "call", at_pool_get(pool, place->call));
        if (place->function)
            at_json_member(text, "function", at_pool_get(pool, place->function));
        if (place->file)
            at_json_member(text, place->line ? "file" : "module", at_pool_get(pool, place->file));
        if (place->line)
            at_json_integer(text, "line", place->line);
        at_text_add_string(text, "}");
    }
    at_text_add_string(text, "]");
}

static void add_finding(struct at_text *text, const struct at_comparison *judgement,
                        size_t environment, const struct at_finding *finding)
{
    const struct at_pool *pool = judgement->results->pool;
    struct at_location_changes changes = { 0 };
    struct at_text words = { 0 };
    int64_t parameter = finding->test ? finding->test->parameter : finding->entry->parameter;
    at_json_separate(text);
    at_text_add_string(text, "\n{");
    at_json_member(text, "id",
                   at_pool_get(pool, finding->test ? finding->test->id : finding->entry->id));
    if (parameter >= 0)
        at_json_integer(text, "parameter", parameter);
    at_json_count(text, "environment", environment);
    at_json_member(text, "outcome", at_outcome_names[finding->outcome]);
    add_flag(text, "fails", finding->fails);
    at_describe_finding(&words, judgement, finding);
    at_json_member(text, "words", at_text_get(&words));
    add_figures(text, judgement, finding);
    if (finding->outcome == AT_OUTCOME_ABOVE || finding->outcome == AT_OUTCOME_BELOW)
        at_comparison_locations(judgement, finding, &changes);
    add_changes(text, pool, &changes);
    at_text_add_string(text, "}");
    at_text_free(&words);
    free(changes.at);
}

static void add_environments(struct at_text *text, const struct at_comparison *judgements, size_t n)
{
    at_json_name(text, "environments");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < n; i++) {
        at_json_separate(text);
        at_environment_write(text, judgements[i].results->pool, AT_ENVIRONMENT_FIELDS,
                             &judgements[i].results->environment);
    }
    at_text_add_string(text, "]");
}

static void add_counts(struct at_text *text, const struct at_comparison *judgements, size_t n)
{
    at_json_name(text, "counts");
    at_text_add_string(text, "{");
    for (size_t i = 0; i < AT_OUTCOMES; i++) {
        size_t count = 0;
        for (size_t k = 0; k < n; k++)
            count += judgements[k].counts[i];
        at_json_count(text, at_outcome_names[i], count);
    }
    at_text_add_string(text, "}");
}

void at_check_write_json(struct at_text *text, const struct at_comparison *judgements, size_t n)
{
    bool failed = false;
    for (size_t k = 0; k < n; k++)
        failed |= judgements[k].failed;
    at_text_add_string(text, "{\"schema\":\"alloc-tracker-check/1\"");
    add_flag(text, "failed", failed);
    add_environments(text, judgements, n);
    add_counts(text, judgements, n);
    at_text_add_string(text, ",\n\"findings\":[");
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < judgements[k].findings.n; i++)
            add_finding(text, &judgements[k], k, &judgements[k].findings.at[i]);
    at_text_add_string(text, "\n]}\n");
}
