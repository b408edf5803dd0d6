/* SPDX-License-Identifier: MIT */
/* A judgement for people: what failed first, then what is worth knowing, the sum last. */
#include <stdlib.h>

#include "cli/check_write.h"
#include "cli/describe.h"

/* What is told, in this order. */
static const struct kind {
    enum at_outcome outcome;
    const char *word;
    const char *colour; /* of the word, ECMA-48 */
} kinds[] = {
    { AT_OUTCOME_DISTRUSTED, "FAIL", "31" }, { AT_OUTCOME_ABOVE, "FAIL", "31" },
    { AT_OUTCOME_NEW, "NEW", "33" },         { AT_OUTCOME_OBSOLETE, "GONE", "33" },
    { AT_OUTCOME_BELOW, "LESS", "32" },
};
enum { WORD_COLUMN = 5 };

static void add_places(struct at_text *text, const struct at_comparison *judgement,
                       const struct at_finding *finding)
{
    struct at_location_changes changes = { 0 };
    at_comparison_locations(judgement, finding, &changes);
    for (size_t i = 0; i < changes.n; i++) {
        struct at_text line = { 0 };
        at_describe_change(&line, judgement->results->pool, &changes.at[i]);
        at_text_printf(text, "%*s", WORD_COLUMN, "");
        at_escape_plain(text, at_text_get(&line));
        at_text_add_string(text, "\n");
        at_text_free(&line);
    }
    free(changes.at);
}

static void add_finding(struct at_text *text, const struct at_comparison *judgement,
                        const struct at_finding *finding, const struct kind *kind, bool colour)
{
    struct at_text words = { 0 };
    const char *word = finding->fails ? "FAIL" : kind->word;
    at_describe_finding_id(&words, judgement, finding);
    at_text_add_string(&words, ": ");
    at_describe_finding(&words, judgement, finding);
    if (colour)
        at_text_printf(text, "\033[%sm%-*s\033[0m", finding->fails ? "31" : kind->colour,
                       WORD_COLUMN, word);
    else
        at_text_printf(text, "%-*s", WORD_COLUMN, word);
    at_escape_plain(text, at_text_get(&words));
    at_text_add_string(text, "\n");
    at_text_free(&words);
    if (finding->outcome == AT_OUTCOME_ABOVE)
        add_places(text, judgement, finding);
}

static void add_hint(struct at_text *text, const struct at_comparison *judgement)
{
    if (!judgement->section) {
        struct at_text name = { 0 };
        at_environment_describe(&name, judgement->results->pool, &judgement->results->environment);
        at_text_add_string(text, "The baseline has no section for ");
        at_escape_plain(text, at_text_get(&name));
        at_text_add_string(text, ".\n");
        at_text_free(&name);
    }
    if (judgement->counts[AT_OUTCOME_BELOW])
        at_text_add_string(text, "`alloc-tracker update --tighten` lowers what is below.\n");
    if (judgement->counts[AT_OUTCOME_NEW] || judgement->counts[AT_OUTCOME_OBSOLETE])
        at_text_add_string(text, "`alloc-tracker update` takes what is new and drops what is"
                                 " obsolete.\n");
}

static void write(struct at_text *text, const struct at_comparison *judgement, bool colour)
{
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (size_t i = 0; i < judgement->findings.n; i++) {
            const struct at_finding *finding = &judgement->findings.at[i];
            if (finding->outcome == kinds[k].outcome)
                add_finding(text, judgement, finding, &kinds[k], colour);
        }
    }
    add_hint(text, judgement);
    at_describe_counts(text, judgement);
    at_text_add_string(text, judgement->failed ? ": gate failed\n" : "\n");
}

void at_check_write_text(struct at_text *text, const struct at_comparison *judgement)
{
    write(text, judgement, false);
}

void at_check_write_colour(struct at_text *text, const struct at_comparison *judgement)
{
    write(text, judgement, true);
}
