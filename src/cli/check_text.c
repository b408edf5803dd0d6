/* SPDX-License-Identifier: MIT */
/* A comparison for people: failures first, then notes, the counts last. */
#include <ctype.h>
#include <stdlib.h>

#include "cli/check_write.h"
#include "cli/describe.h"

/* The outcomes that are listed, in this order. */
static const struct kind {
    enum at_check_outcome outcome;
    const char *colour; /* of the word at the front of a line, ECMA-48 */
} kinds[] = {
    { AT_OUTCOME_UNRELIABLE, "31" }, { AT_OUTCOME_ABOVE, "31" }, { AT_OUTCOME_NEW, "33" },
    { AT_OUTCOME_REMOVED, "33" },    { AT_OUTCOME_BELOW, "32" },
};
enum { WORD_COLUMN = 8 };

/* Append "FAIL" or the outcome, in capitals, with spaces up to the id. */
static void add_word(struct at_text *text, const struct at_finding *finding, const char *colour)
{
    const char *word = finding->fails ? "FAIL" : at_outcome_names[finding->outcome];
    if (colour)
        at_text_printf(text, "\033[%sm", finding->fails ? "31" : colour);
    size_t length = 0;
    for (; word[length]; length++) {
        char capital = (char) toupper((unsigned char) word[length]);
        at_text_add(text, &capital, 1);
    }
    at_text_printf(text, "%*s", (int) (WORD_COLUMN - length), "");
    if (colour)
        at_text_add_string(text, "\033[0m");
}

static void add_location_changes(struct at_text *text, const struct at_comparison *comparison,
                                 const struct at_finding *finding)
{
    struct at_location_changes changes = { 0 };
    at_comparison_locations(comparison, finding, &changes);
    for (size_t i = 0; i < changes.n; i++) {
        struct at_text line = { 0 };
        at_describe_change(&line, comparison->results->pool, &changes.at[i], changes.shown);
        at_text_printf(text, "%*s", WORD_COLUMN, "");
        at_escape_plain(text, at_text_get(&line));
        at_text_add_string(text, "\n");
        at_text_free(&line);
    }
    free(changes.at);
}

static void add_finding(struct at_text *text, const struct at_comparison *comparison,
                        const struct at_finding *finding, const struct kind *kind, bool colour)
{
    struct at_text words = { 0 };
    at_describe_finding_id(&words, comparison, finding);
    at_text_add_string(&words, ": ");
    at_describe_finding(&words, comparison, finding);
    add_word(text, finding, colour ? kind->colour : NULL);
    at_escape_plain(text, at_text_get(&words));
    at_text_add_string(text, "\n");
    at_text_free(&words);
    if (finding->outcome == AT_OUTCOME_ABOVE)
        add_location_changes(text, comparison, finding);
}

static void add_hints(struct at_text *text, const struct at_comparison *comparison)
{
    if (comparison->compared_with != AT_COMPARED_WITH_OWN) {
        struct at_text words = { 0 };
        at_describe_section(&words, comparison);
        at_escape_plain(text, at_text_get(&words));
        at_text_add_string(text, "\n");
        at_text_free(&words);
    }
    if (comparison->counts[AT_OUTCOME_BELOW])
        at_text_add_string(text,
                           "`alloc-tracker update --tighten` lowers the entries of tests that are"
                           " below.\n");
    if (comparison->counts[AT_OUTCOME_NEW] || comparison->counts[AT_OUTCOME_REMOVED])
        at_text_add_string(text, "`alloc-tracker update` adds new tests and drops removed ones.\n");
}

static void write_comparison(struct at_text *text, const struct at_comparison *comparison,
                             bool colour)
{
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (size_t i = 0; i < comparison->findings.n; i++) {
            const struct at_finding *finding = &comparison->findings.at[i];
            if (finding->outcome == kinds[k].outcome)
                add_finding(text, comparison, finding, &kinds[k], colour);
        }
    }
    add_hints(text, comparison);
    at_describe_counts(text, comparison);
    at_text_add_string(text, comparison->failed ? ": gate failed\n" : "\n");
}

void at_check_write_text(struct at_text *text, const struct at_comparison *comparison)
{
    write_comparison(text, comparison, false);
}

void at_check_write_colour(struct at_text *text, const struct at_comparison *comparison)
{
    write_comparison(text, comparison, true);
}
