/* SPDX-License-Identifier: MIT */
/* A comparison as GitHub Flavored Markdown, for the summary of a job or for a comment. */
#include <stdlib.h>

#include "cli/check_write.h"
#include "cli/describe.h"

static void add_row(struct at_text *text, const struct at_comparison *comparison,
                    const struct at_finding *finding)
{
    struct at_text id = { 0 }, words = { 0 };
    at_describe_finding_id(&id, comparison, finding);
    at_describe_finding(&words, comparison, finding);
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

static void add_location_changes(struct at_text *text, const struct at_comparison *comparison,
                                 const struct at_finding *finding)
{
    struct at_location_changes changes = { 0 };
    at_comparison_locations(comparison, finding, &changes);
    if (changes.n) {
        struct at_text id = { 0 };
        at_describe_finding_id(&id, comparison, finding);
        at_text_add_string(text, "\n**");
        at_escape_markdown(text, at_text_get(&id));
        at_text_add_string(text, "**\n\n");
        at_text_free(&id);
    }
    for (size_t i = 0; i < changes.n; i++) {
        struct at_text line = { 0 };
        at_describe_change(&line, comparison->results->pool, &changes.at[i], changes.shown);
        at_text_add_string(text, "- ");
        at_escape_markdown(text, at_text_get(&line));
        at_text_add_string(text, "\n");
        at_text_free(&line);
    }
    free(changes.at);
}

/* Append a row for each outcome that is listed. */
static void add_table(struct at_text *text, const struct at_comparison *comparison)
{
    static const enum at_check_outcome order[] = { AT_OUTCOME_UNRELIABLE, AT_OUTCOME_ABOVE,
                                                   AT_OUTCOME_NEW, AT_OUTCOME_REMOVED,
                                                   AT_OUTCOME_BELOW };
    bool any = false;
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        for (size_t i = 0; i < comparison->findings.n; i++) {
            if (comparison->findings.at[i].outcome != order[k])
                continue;
            if (!any)
                at_text_add_string(text, "\n| | test | | |\n|---|---|---|---|\n");
            any = true;
            add_row(text, comparison, &comparison->findings.at[i]);
        }
    }
}

void at_check_write_markdown(struct at_text *text, const struct at_comparison *comparison)
{
    struct at_text words = { 0 };
    at_text_printf(text, "### Allocations: %s\n\n",
                   comparison->failed ? "gate failed" : "within the baseline");
    at_describe_counts(&words, comparison);
    at_text_add_string(&words, ". ");
    at_environment_describe(&words, comparison->results->pool, &comparison->results->environment);
    at_text_add_string(&words, ".");
    if (comparison->compared_with != AT_COMPARED_WITH_OWN)
        at_text_add_string(&words, " ");
    at_describe_section(&words, comparison);
    at_escape_markdown(text, at_text_get(&words));
    at_text_add_string(text, "\n");
    at_text_free(&words);
    add_table(text, comparison);
    for (size_t i = 0; i < comparison->findings.n; i++)
        if (comparison->findings.at[i].outcome == AT_OUTCOME_ABOVE)
            add_location_changes(text, comparison, &comparison->findings.at[i]);
}
