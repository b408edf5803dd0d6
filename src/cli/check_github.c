/* SPDX-License-Identifier: MIT */
/*
 * A comparison as workflow commands of GitHub Actions: an annotation at the line that grew most, or
 * at the test if no line is known. All tests below their baseline share one notice.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/check_write.h"
#include "cli/describe.h"

/* Append data of a command with "%", CR and LF escaped; in a property ":" and "," too. */
static void add_data(struct at_text *text, const char *string, bool property)
{
    for (; *string; string++) {
        char c = *string;
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            at_text_printf(text, "%%%02X", (unsigned) c);
        else
            at_text_add(text, (unsigned char) c < ' ' ? " " : string, 1);
    }
}

/* Return the path relative to the repository, as annotations need it. */
static const char *relative(const char *file)
{
    const char *root = getenv("GITHUB_WORKSPACE");
    size_t n = root ? strlen(root) : 0;
    return n && strncmp(file, root, n) == 0 && file[n] == '/' ? file + n + 1 : file;
}

static void add_location(struct at_text *text, const char *file, int64_t line)
{
    at_text_add_string(text, "file=");
    add_data(text, relative(file), true);
    at_text_printf(text, ",line=%lld,", (long long) line);
}

static bool has_grown(const struct at_location_change *change, unsigned shown)
{
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++)
        if (change->differences[i] > 0 && (i <= AT_BASELINE_BYTES || shown >> i & 1))
            return true;
    return false;
}

static const struct at_location *first_grown(const struct at_location_changes *changes)
{
    for (size_t i = 0; i < changes->n; i++)
        if (changes->at[i].location.line && has_grown(&changes->at[i], changes->shown))
            return &changes->at[i].location;
    return NULL;
}

static void add_message(struct at_text *text, const struct at_comparison *comparison,
                        const struct at_finding *finding, const struct at_location_changes *changes)
{
    struct at_text words = { 0 };
    at_describe_finding(&words, comparison, finding);
    for (size_t i = 0; i < changes->n; i++) {
        at_text_add_string(&words, "\n");
        at_describe_change(&words, comparison->results->pool, &changes->at[i], changes->shown);
    }
    add_data(text, at_text_get(&words), false);
    at_text_free(&words);
}

static void add_annotation(struct at_text *text, const struct at_comparison *comparison,
                           const struct at_finding *finding)
{
    const struct at_pool *pool = comparison->results->pool;
    struct at_location_changes changes = { 0 };
    struct at_text id = { 0 };
    if (finding->outcome == AT_OUTCOME_ABOVE)
        at_comparison_locations(comparison, finding, &changes);
    const struct at_location *location = first_grown(&changes);
    at_text_add_string(text, finding->fails ? "::error " : "::warning ");
    if (location)
        add_location(text, at_pool_get(pool, location->file), location->line);
    else if (finding->test && finding->test->file && finding->test->line)
        add_location(text, at_pool_get(pool, finding->test->file), finding->test->line);
    at_describe_finding_id(&id, comparison, finding);
    at_text_add_string(text, "title=");
    add_data(text, at_text_get(&id), true);
    at_text_add_string(text, "::");
    add_message(text, comparison, finding, &changes);
    at_text_add_string(text, "\n");
    at_text_free(&id);
    free(changes.at);
}

/* Append an annotation if results are not compared with a section of their own environment. */
static void add_section(struct at_text *text, const struct at_comparison *comparison)
{
    struct at_text words = { 0 };
    at_describe_section(&words, comparison);
    if (words.length) {
        at_text_printf(text, "::%s title=alloc-tracker::",
                       comparison->options.other_section_fails ? "error" : "warning");
        add_data(text, at_text_get(&words), false);
        at_text_add_string(text, "\n");
    }
    at_text_free(&words);
}

void at_check_write_github(struct at_text *text, const struct at_comparison *comparison)
{
    for (size_t i = 0; i < comparison->findings.n; i++) {
        const struct at_finding *finding = &comparison->findings.at[i];
        if (finding->outcome == AT_OUTCOME_ABOVE || finding->outcome == AT_OUTCOME_UNRELIABLE
            || finding->outcome == AT_OUTCOME_NEW || finding->outcome == AT_OUTCOME_REMOVED)
            add_annotation(text, comparison, finding);
    }
    add_section(text, comparison);
    if (comparison->counts[AT_OUTCOME_BELOW])
        at_text_printf(text,
                       "::notice title=alloc-tracker::%zu of the tests allocate less than their"
                       " baseline; `alloc-tracker update --tighten` lowers it\n",
                       comparison->counts[AT_OUTCOME_BELOW]);
    if (comparison->results->tests.n == 0)
        at_text_add_string(text, "::error title=alloc-tracker::no test in these results: nothing"
                                 " was checked\n");
}
