/* SPDX-License-Identifier: MIT */
/*
 * Results as one self-contained page: page.html with three JSON documents in it: the results, the
 * comparison with a baseline, and the words that the page's code compares with. The page inserts
 * every name as text, never as markup.
 */
#include <string.h>

#include "base/json_text.h"
#include "cli/check_write.h"
#include "cli/show_write.h"

static const char page[] =
#include "page_html.h"
    ;

/* Append JSON inside an element. "<", which might end the element, occurs in strings only. */
static void add_json(struct at_text *text, const struct at_text *json)
{
    const char *at = at_text_get(json);
    for (;;) {
        size_t n = strcspn(at, "<");
        at_text_add(text, at, n);
        if (!at[n])
            break;
        at_text_add_string(text, "\\u003c");
        at += n + 1;
    }
    text->truncated |= json->truncated;
}

/* Append the page from `from` up to a mark, and return the rest of the page. */
static const char *add_up_to(struct at_text *text, const char *from, const char *mark)
{
    const char *found = strstr(from, mark);
    at_text_add(text, from, (size_t) (found - from));
    return found + strlen(mark);
}

/* Append the document and free it. */
static void insert(struct at_text *text, struct at_text *json)
{
    add_json(text, json);
    at_text_free(json);
}

static void add_list(struct at_text *json, const char *name, const char *const *words, size_t n)
{
    at_json_name(json, name);
    at_text_add_string(json, "[");
    for (size_t i = 0; i < n; i++) {
        at_json_separate(json);
        at_json_string(json, words[i]);
    }
    at_text_add_string(json, "]");
}

/* Append the words: the metrics of the table, and the statuses and outcomes that need no attention.
 */
static void add_words(struct at_text *json)
{
    const char *columns[AT_SUMMARY_COLUMNS];
    const char *const statuses[] = { at_test_status_names[AT_TEST_PASSED],
                                     at_test_status_names[AT_TEST_SKIPPED] };
    const char *const outcomes[] = { at_outcome_names[AT_OUTCOME_WITHIN],
                                     at_outcome_names[AT_OUTCOME_SKIPPED] };
    for (size_t i = 0; i < AT_SUMMARY_COLUMNS; i++)
        columns[i] = at_metric_names[at_summary_columns[i]];
    at_text_add_string(json, "{");
    add_list(json, "columns", columns, AT_SUMMARY_COLUMNS);
    add_list(json, "quietStatuses", statuses, 2);
    add_list(json, "quietOutcomes", outcomes, 2);
    at_json_member(json, "better", at_outcome_names[AT_OUTCOME_BELOW]);
    at_json_member(json, "unmarked", at_location_kind_name(AT_LOCATION_CHANGED));
    at_text_add_string(json, "}");
}

void at_show_write_html(struct at_text *text, const struct at_results *results,
                        const struct at_comparison *comparison)
{
    struct at_text json = { 0 };
    const char *rest = add_up_to(text, page, "@RESULTS@");
    at_results_write(&json, results);
    insert(text, &json);
    rest = add_up_to(text, rest, "@CHECK@");
    if (comparison)
        at_check_write_json(&json, comparison, 1);
    else
        at_text_add_string(&json, "null");
    insert(text, &json);
    rest = add_up_to(text, rest, "@WORDS@");
    add_words(&json);
    insert(text, &json);
    at_text_add_string(text, rest);
}
