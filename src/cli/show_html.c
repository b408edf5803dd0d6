/* SPDX-License-Identifier: MIT */
/*
 * Results as one self-contained page: page/page.html with its style, its code, and three JSON
 * documents: the results, the comparison with a baseline, and the words that the page's code
 * compares with or shows. The page inserts every name as text, never as markup.
 */
#include <string.h>

#include "base/json_text.h"
#include "cli/check_write.h"
#include "cli/describe.h"
#include "cli/show_write.h"

static const char page[] =
#include "page_html.h"
    ;
static const char style[] =
#include "page_css.h"
    ;
static const char code[] =
#include "page_js.h"
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

/* Append the metrics that the page can rank and draw by. */
static void add_metrics(struct at_text *json)
{
    static const char count[] = "count";
    const char *const weights[AT_N_BY] = {
        [AT_BY_BYTES] = at_usage_name(AT_USAGE_BYTES),
        [AT_BY_ALLOCS] = count,
        [AT_BY_PEAK] = at_site_member_names[AT_SITE_PEAK_BYTES],
        [AT_BY_LEAKS] = at_usage_name(AT_USAGE_LEAKED_BYTES),
    };
    const char *const blocks[AT_N_BY] = {
        [AT_BY_BYTES] = count,
        [AT_BY_ALLOCS] = count,
        [AT_BY_PEAK] = at_site_member_names[AT_SITE_PEAK_COUNT],
        [AT_BY_LEAKS] = at_usage_name(AT_USAGE_LEAKS),
    };
    at_json_name(json, "metrics");
    at_text_add_string(json, "[");
    for (enum at_by by = 0; by < AT_N_BY; by++) {
        const struct at_by_words *words = &at_by_words[by];
        at_json_separate(json);
        at_text_add_string(json, "{");
        at_json_member(json, "name", at_by_name(by));
        at_json_member(json, "label", words->label);
        at_json_member(json, "noun", words->noun);
        at_json_member(json, "suffix", words->suffix);
        at_json_member(json, "weight", weights[by]);
        at_json_member(json, "blocks", blocks[by]);
        at_json_member(json, "total", at_usage_name(words->total));
        at_text_add_string(json, "}");
    }
    at_text_add_string(json, "]");
}

/* Append the reasons why stacks are incomplete, by the word of the results file. */
static void add_stack_ends(struct at_text *json)
{
    at_json_name(json, "stackEnds");
    at_text_add_string(json, "{");
    for (enum at_trace_end end = 0; end < AT_TRACE_ENDS; end++)
        if (end != AT_TRACE_WHOLE)
            at_json_member(json, at_stack_end_names[end], at_show_why_incomplete(end));
    at_text_add_string(json, "}");
}

/* Append the sentence on the section that the results are compared with; "" if it is their own. */
static void add_section(struct at_text *json, const struct at_comparison *comparison)
{
    struct at_text sentence = { 0 };
    if (comparison && comparison->compared_with != AT_COMPARED_WITH_OWN)
        at_describe_section(&sentence, comparison);
    at_json_member(json, "section", at_text_get(&sentence));
    at_text_free(&sentence);
}

/* Append the words: the metrics of the table and of call sites, and the statuses and outcomes that
   need no attention. */
static void add_words(struct at_text *json, const struct at_show_options *options)
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
    at_json_member(json, "by", at_by_name(options->by));
    at_json_member(json, "atPeak", at_by_name(AT_BY_PEAK));
    at_json_member(json, "ofLeaks", at_by_name(AT_BY_LEAKS));
    at_json_member(json, "releasedBefore", at_released_before);
    at_json_member(json, "withoutSite", at_without_site);
    add_section(json, options->comparison);
    add_metrics(json);
    add_stack_ends(json);
    at_text_add_string(json, "}");
}

void at_show_write_html(struct at_text *text, const struct at_results *results,
                        const struct at_show_options *options)
{
    struct at_text json = { 0 };
    const char *rest = add_up_to(text, page, "@STYLE@");
    at_text_add_string(text, style);
    rest = add_up_to(text, rest, "@RESULTS@");
    at_results_write_compact(&json, results);
    insert(text, &json);
    rest = add_up_to(text, rest, "@CHECK@");
    if (options->comparison)
        at_check_write_json(&json, options->comparison, 1);
    else
        at_text_add_string(&json, "null");
    insert(text, &json);
    rest = add_up_to(text, rest, "@WORDS@");
    add_words(&json, options);
    insert(text, &json);
    rest = add_up_to(text, rest, "@CODE@");
    at_text_add_string(text, code);
    at_text_add_string(text, rest);
}
