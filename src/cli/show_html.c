/* SPDX-License-Identifier: MIT */
/*
 * Results as one page that needs nothing else: page.html with the results and, against a baseline,
 * the judgement, as JSON. The page puts every name in place as text, never as markup.
 */
#include <string.h>

#include "cli/check_write.h"
#include "cli/show_write.h"

static const char page[] =
#include "page_html.h"
    ;

/* JSON inside an element: "<" stands in strings only, and might end the element. */
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

/* Appends the page from `from` up to a mark, and answers what follows the mark. */
static const char *add_up_to(struct at_text *text, const char *from, const char *mark)
{
    const char *found = strstr(from, mark);
    at_text_add(text, from, (size_t) (found - from));
    return found + strlen(mark);
}

void at_show_write_html(struct at_text *text, const struct at_results *results,
                        const struct at_show_options *options)
{
    struct at_text json = { 0 };
    const char *rest = add_up_to(text, page, "@RESULTS@");
    at_results_write(&json, results);
    add_json(text, &json);
    at_text_free(&json);
    rest = add_up_to(text, rest, "@CHECK@");
    if (options->judgement)
        at_check_write_json(&json, options->judgement, 1);
    else
        at_text_add_string(&json, "null");
    add_json(text, &json);
    at_text_free(&json);
    at_text_add_string(text, rest);
}
