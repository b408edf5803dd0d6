/* SPDX-License-Identifier: MIT */
/* Results as a table, for people and for markdown. */
#include <stdio.h>
#include <string.h>

#include "cli/describe.h"
#include "cli/show_write.h"

static const enum at_figure columns[] = { AT_FIGURE_ALLOCS, AT_FIGURE_BYTES, AT_FIGURE_PEAK,
                                          AT_FIGURE_FREES, AT_FIGURE_LEAKS };
enum { COLUMNS = sizeof columns / sizeof columns[0], MAX_ID = 60, MIN_WIDTH = 8 };

/* A figure as it stands in a cell; "-" where nothing was measured. */
static void add_cell(struct at_text *text, const struct at_result_test *test, size_t column)
{
    if (test->measured)
        at_text_add_number(text, test->usage[columns[column]]);
    else
        at_text_add_string(text, "-");
}

static size_t cell_width(const struct at_result_test *test, size_t column)
{
    struct at_text cell = { 0 };
    add_cell(&cell, test, column);
    size_t width = cell.length;
    at_text_free(&cell);
    return width;
}

static void add_id(struct at_text *text, const struct at_results *results,
                   const struct at_result_test *test, at_escape *escape)
{
    struct at_text id = { 0 };
    at_result_describe_id(&id, results->pool, test->id, test->parameter);
    escape(text, at_text_get(&id));
    at_text_free(&id);
}

static void pad(struct at_text *text, size_t from, size_t width)
{
    for (size_t n = text->length - from; n < width; n++)
        at_text_add_string(text, " ");
}

static void add_status(struct at_text *text, const struct at_result_test *test)
{
    at_text_add_string(text, at_result_status_names[test->status]);
    if (test->signal)
        at_text_printf(text, " (signal %lld)", (long long) test->signal);
    const char *distrust = at_result_distrust(test);
    if (distrust && test->status == AT_RESULT_PASSED)
        at_text_printf(text, ", but %s", distrust);
}

/* Why the stack ends there. */
static const char *const ends[AT_TRACE_ENDS] = {
    [AT_TRACE_CUT] = "the stack is deeper than was recorded",
    [AT_TRACE_NO_TABLE] = "the stack ends here: no unwind table",
    [AT_TRACE_NO_FILE] = "the stack ends here: code that belongs to no file",
    [AT_TRACE_LOST] = "the stack ends here: the unwind table does not lead on",
};

/* One site: its sum, then its stack, innermost first. `name` is room for a line of it. */
static void add_site(struct at_text *text, const struct at_results *results,
                     const struct at_result_site *site, const char *indent, at_escape *escape,
                     struct at_text *name)
{
    at_text_add_string(text, indent);
    at_text_add_number(text, site->count);
    at_text_add_string(text, " × ");
    escape(text, at_pool_get(results->pool, site->function));
    at_text_add_string(text, ", ");
    at_describe_figure(text, AT_GATE_BYTES, site->bytes);
    if (site->leaks) {
        at_text_add_string(text, ", ");
        at_describe_figure(text, AT_GATE_LEAKS, site->leaks);
    }
    at_text_add_string(text, "\n");
    for (size_t i = 0; i < site->n_frames; i++) {
        struct at_result_frame frame = at_result_frame(results, site, i);
        name->length = 0;
        at_show_frame_name(name, results->pool, &frame);
        if (frame.line)
            at_text_printf(name, "  %s:%u", at_pool_get(results->pool, frame.file), frame.line);
        at_text_printf(text, "%s  ", indent);
        escape(text, at_text_get(name));
        at_text_add_string(text, "\n");
    }
    if (site->end != AT_TRACE_WHOLE)
        at_text_printf(text, "%s  ... (%s)\n", indent, ends[site->end]);
}

static void add_sites(struct at_text *text, const struct at_results *results,
                      const struct at_result_test *test, const char *indent, at_escape *escape)
{
    struct at_text name = { 0 };
    for (size_t i = 0; i < test->n_sites; i++)
        add_site(text, results, &results->sites.at[test->sites + i], indent, escape, &name);
    at_text_free(&name);
    if (!test->has_sites)
        at_text_printf(text, "%scall sites were not recorded\n", indent);
}

struct widths {
    size_t id;
    size_t columns[COLUMNS];
};

static struct widths measure(const struct at_results *results)
{
    struct widths widths = { .id = strlen("test") };
    for (size_t c = 0; c < COLUMNS; c++)
        widths.columns[c] = MIN_WIDTH;
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        struct at_text id = { 0 };
        add_id(&id, results, test, at_escape_plain);
        if (id.length > widths.id && id.length <= MAX_ID)
            widths.id = id.length;
        at_text_free(&id);
        for (size_t c = 0; c < COLUMNS; c++) {
            size_t width = cell_width(test, c);
            widths.columns[c] = width > widths.columns[c] ? width : widths.columns[c];
        }
    }
    return widths;
}

static void add_line(struct at_text *text, const struct at_results *results,
                     const struct at_result_test *test, const struct widths *widths)
{
    size_t start = text->length;
    if (test)
        add_id(text, results, test, at_escape_plain);
    else
        at_text_add_string(text, "test");
    pad(text, start, widths->id);
    for (size_t c = 0; c < COLUMNS; c++) {
        struct at_text cell = { 0 };
        if (test)
            add_cell(&cell, test, c);
        else
            at_text_add_string(&cell, at_figure_names[columns[c]]);
        at_text_printf(text, "  %*s", (int) widths->columns[c], at_text_get(&cell));
        at_text_free(&cell);
    }
    at_text_add_string(text, "  ");
    if (test)
        add_status(text, test);
    else
        at_text_add_string(text, "status");
    at_text_add_string(text, "\n");
}

void at_show_write_text(struct at_text *text, const struct at_results *results,
                        const struct at_show_options *options)
{
    struct widths widths = measure(results);
    add_line(text, results, NULL, &widths);
    for (size_t i = 0; i < results->tests.n; i++) {
        add_line(text, results, &results->tests.at[i], &widths);
        if (options->sites)
            add_sites(text, results, &results->tests.at[i], "    ", at_escape_plain);
    }
}

void at_show_write_markdown(struct at_text *text, const struct at_results *results,
                            const struct at_show_options *options)
{
    at_text_add_string(text, "| test |");
    for (size_t c = 0; c < COLUMNS; c++)
        at_text_printf(text, " %s |", at_figure_names[columns[c]]);
    at_text_add_string(text, " status |\n|---|");
    for (size_t c = 0; c < COLUMNS; c++)
        at_text_add_string(text, "--:|");
    at_text_add_string(text, "---|\n");
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        at_text_add_string(text, "| ");
        add_id(text, results, test, at_escape_markdown);
        for (size_t c = 0; c < COLUMNS; c++) {
            at_text_add_string(text, " | ");
            add_cell(text, test, c);
        }
        at_text_add_string(text, " | ");
        add_status(text, test);
        at_text_add_string(text, " |\n");
    }
    for (size_t i = 0; options->sites && i < results->tests.n; i++) {
        at_text_add_string(text, "\n**");
        add_id(text, results, &results->tests.at[i], at_escape_markdown);
        at_text_add_string(text, "**\n\n");
        /* An indented block shows what stands in it as it is. */
        add_sites(text, results, &results->tests.at[i], "    ", at_escape_plain);
    }
}
