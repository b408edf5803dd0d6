/* SPDX-License-Identifier: MIT */
/* A judgement as GitHub Flavored Markdown: a summary of a job, a comment. */
#include <stdlib.h>

#include "cli/check_write.h"
#include "cli/describe.h"

static void add_row(struct at_text *text, const struct at_comparison *judgement,
                    const struct at_finding *finding)
{
    struct at_text id = { 0 }, words = { 0 };
    at_describe_finding_id(&id, judgement, finding);
    at_describe_finding(&words, judgement, finding);
    at_text_printf(text, "| %s | ",
                   finding->fails                         ? "❌"
                   : finding->outcome == AT_OUTCOME_BELOW ? "⬇️"
                                                          : "⚠️");
    at_escape_markdown(text, at_text_get(&id));
    at_text_printf(text, " | %s | ", at_outcome_names[finding->outcome]);
    at_escape_markdown(text, at_text_get(&words));
    at_text_add_string(text, " |\n");
    at_text_free(&id);
    at_text_free(&words);
}

static void add_places(struct at_text *text, const struct at_comparison *judgement,
                       const struct at_finding *finding)
{
    struct at_location_changes changes = { 0 };
    at_comparison_locations(judgement, finding, &changes);
    if (changes.n) {
        struct at_text id = { 0 };
        at_describe_finding_id(&id, judgement, finding);
        at_text_add_string(text, "\n**");
        at_escape_markdown(text, at_text_get(&id));
        at_text_add_string(text, "**\n\n");
        at_text_free(&id);
    }
    for (size_t i = 0; i < changes.n; i++) {
        struct at_text line = { 0 };
        at_describe_change(&line, judgement->results->pool, &changes.at[i]);
        at_text_add_string(text, "- ");
        at_escape_markdown(text, at_text_get(&line));
        at_text_add_string(text, "\n");
        at_text_free(&line);
    }
    free(changes.at);
}

static bool is_told(const struct at_finding *finding)
{
    return finding->outcome != AT_OUTCOME_WITHIN && finding->outcome != AT_OUTCOME_SKIPPED;
}

void at_check_write_markdown(struct at_text *text, const struct at_comparison *judgement)
{
    static const enum at_outcome order[] = { AT_OUTCOME_DISTRUSTED, AT_OUTCOME_ABOVE,
                                             AT_OUTCOME_NEW, AT_OUTCOME_OBSOLETE,
                                             AT_OUTCOME_BELOW };
    struct at_text words = { 0 };
    at_text_printf(text, "### Allocations: %s\n\n",
                   judgement->failed ? "gate failed" : "within the baseline");
    at_describe_counts(&words, judgement);
    at_text_add_string(&words, ". ");
    at_environment_describe(&words, judgement->results->pool, &judgement->results->environment);
    at_escape_markdown(text, at_text_get(&words));
    at_text_printf(text, ".%s\n",
                   judgement->section ? "" : " The baseline has no section for this environment.");
    at_text_free(&words);
    bool any = false;
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        for (size_t i = 0; i < judgement->findings.n; i++) {
            const struct at_finding *finding = &judgement->findings.at[i];
            if (finding->outcome != order[k] || !is_told(finding))
                continue;
            if (!any)
                at_text_add_string(text, "\n| | test | | |\n|---|---|---|---|\n");
            any = true;
            add_row(text, judgement, finding);
        }
    }
    for (size_t i = 0; i < judgement->findings.n; i++)
        if (judgement->findings.at[i].outcome == AT_OUTCOME_ABOVE)
            add_places(text, judgement, &judgement->findings.at[i]);
}
