/* SPDX-License-Identifier: MIT */
/* See describe.h. */
#include "cli/describe.h"

#include <string.h>

void at_escape_plain(struct at_text *text, const char *string)
{
    for (; *string; string++) {
        bool control = (unsigned char) *string < ' ' || *string == 0x7F;
        at_text_add(text, control ? "?" : string, 1);
    }
}

void at_escape_markdown(struct at_text *text, const char *string)
{
    for (; *string; string++) {
        if ((unsigned char) *string < ' ' || *string == 0x7F) {
            at_text_add_string(text, " ");
            continue;
        }
        if (strchr("\\`*_{}[]<>#|~&", *string))
            at_text_add_string(text, "\\");
        at_text_add(text, string, 1);
    }
}

void at_escape_html(struct at_text *text, const char *string)
{
    for (; *string; string++) {
        switch (*string) {
            case '&': at_text_add_string(text, "&amp;"); break;
            case '<': at_text_add_string(text, "&lt;"); break;
            case '>': at_text_add_string(text, "&gt;"); break;
            case '"': at_text_add_string(text, "&quot;"); break;
            case '\'': at_text_add_string(text, "&#39;"); break;
            default: at_text_add(text, string, 1);
        }
    }
}

void at_describe_figure(struct at_text *text, size_t gate, int64_t figure)
{
    static const char *const before[] = { "", "", "peak ", "" };
    static const char *const after[] = { " alloc", " byte", " byte", " leak" };
    at_text_add_string(text, before[gate]);
    at_text_add_number(text, figure);
    at_text_printf(text, "%s%s", after[gate], figure == 1 ? "" : "s");
}

void at_describe_difference(struct at_text *text, int64_t difference)
{
    if (difference >= 0)
        at_text_add_string(text, "+");
    at_text_add_number(text, difference);
}

void at_describe_finding_id(struct at_text *text, const struct at_comparison *judgement,
                            const struct at_finding *finding)
{
    const struct at_pool *pool = judgement->results->pool;
    if (finding->test)
        at_result_describe_id(text, pool, finding->test->id, finding->test->parameter);
    else
        at_result_describe_id(text, pool, finding->entry->id, finding->entry->parameter);
}

/* The figures that are above, or, where none is, those that are below. */
static void describe_figures(struct at_text *text, const struct at_comparison *judgement,
                             const struct at_finding *finding)
{
    const char *separator = "";
    for (size_t i = 0; i < AT_GATES; i++) {
        int64_t now = finding->test->usage[at_gate_figures[i]];
        int64_t then = finding->entry->figures[i];
        int64_t limit = at_comparison_limit(judgement, finding->entry, i);
        if (finding->outcome == AT_OUTCOME_ABOVE ? now <= limit : now >= then)
            continue;
        at_text_add_string(text, separator);
        at_describe_figure(text, i, now);
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
}

static void describe_new(struct at_text *text, const struct at_comparison *judgement,
                         const struct at_finding *finding)
{
    at_text_add_string(text, "not in the baseline: ");
    for (size_t i = 0; i < AT_GATES; i++) {
        at_text_add_string(text, i ? ", " : "");
        at_describe_figure(text, i, finding->test->usage[at_gate_figures[i]]);
    }
    if (finding->twin) {
        at_text_add_string(text, "; the figures of ");
        at_describe_finding_id(text, judgement, finding->twin);
        at_text_add_string(text, ", which is gone: renamed?");
    }
}

static void describe_distrusted(struct at_text *text, const struct at_finding *finding)
{
    at_text_add_string(text, at_result_distrust(finding->test));
    if (finding->test->signal)
        at_text_printf(text, " (signal %lld)", (long long) finding->test->signal);
}

void at_describe_finding(struct at_text *text, const struct at_comparison *judgement,
                         const struct at_finding *finding)
{
    switch (finding->outcome) {
        case AT_OUTCOME_ABOVE:
        case AT_OUTCOME_BELOW: describe_figures(text, judgement, finding); break;
        case AT_OUTCOME_NEW: describe_new(text, judgement, finding); break;
        case AT_OUTCOME_DISTRUSTED: describe_distrusted(text, finding); break;
        case AT_OUTCOME_OBSOLETE:
            at_text_add_string(text, "in the baseline, but not in these results");
            break;
        default: at_text_add_string(text, at_outcome_names[finding->outcome]);
    }
}

void at_describe_change(struct at_text *text, const struct at_pool *pool,
                        const struct at_location_change *change)
{
    static const char *const kinds[] = { "", " (new)", " (gone)" };
    at_describe_difference(text, change->allocs);
    at_text_printf(text, " alloc%s ", change->allocs == 1 || change->allocs == -1 ? "" : "s");
    at_location_describe(text, pool, &change->place);
    at_text_printf(text, "%s, ", kinds[change->kind]);
    at_describe_difference(text, change->bytes);
    at_text_printf(text, " byte%s, %s", change->bytes == 1 || change->bytes == -1 ? "" : "s",
                   at_pool_get(pool, change->place.call));
    if (change->place.function)
        at_text_printf(text, " in %s", at_pool_get(pool, change->place.function));
}

void at_describe_counts(struct at_text *text, const struct at_comparison *judgement)
{
    const char *separator = ": ";
    size_t n = judgement->results->tests.n;
    if (n == 0) {
        at_text_add_string(text, "no test in these results: nothing was checked");
        return;
    }
    at_text_printf(text, "%zu test%s", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < AT_OUTCOMES; i++) {
        if (judgement->counts[i] == 0)
            continue;
        at_text_printf(text, "%s%zu %s", separator, judgement->counts[i], at_outcome_names[i]);
        separator = ", ";
    }
}
