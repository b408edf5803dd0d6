/* SPDX-License-Identifier: MIT */
/*
 * The text of a trace; see trace.h. A message has 100 columns, and Criterion puts "[----]   "
 * before each of its lines. Consecutive frames of the C++ standard library are one line, with the
 * name of the outermost: the function that the user's code called.
 */
#include "symbols/function_name.h"
#include "symbols/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/source.h"

enum {
    MESSAGE_COLUMNS = 100 - 9,
    MIN_NAME_COLUMNS = 24,
    MIN_SOURCE_COLUMNS = 20,
    MAX_COLUMN = 40,
    SOURCE_BYTES = 1024,
};

bool at_messages_are_verbose(void)
{
    const char *value = getenv("ALLOC_TRACKER_VERBOSE");
    return value && *value && strcmp(value, "0") != 0;
}

enum at_trace_detail at_messages_detail(void)
{
    return at_messages_are_verbose() ? AT_TRACE_FULL : AT_TRACE_FOLDED;
}

static bool is_standard(const struct at_trace_row *row)
{
    return row->owner == AT_OWNER_RUNTIME && row->function[0]
           && (at_function_name_is_standard(row->function) || at_source_is_cpp_library(row->file));
}

/* Return the number of rows of a run that are stored. */
static size_t n_stored(const struct at_trace_run *run)
{
    size_t room = AT_TRACE_INNER_ROWS - run->first;
    return run->n < room ? run->n : room;
}

/* Return the outermost row of a run that is in the standard library, or NULL. */
static const struct at_trace_row *standard_row(const struct at_trace *trace,
                                               const struct at_trace_run *run)
{
    for (size_t i = n_stored(run); i-- > 0;)
        if (is_standard(trace->inner[run->first + i]))
            return trace->inner[run->first + i];
    return NULL;
}

/* Return the outermost row inside the user's rows, if it is in the standard library, or NULL. */
static const struct at_trace_row *called_row(const struct at_trace *trace)
{
    const struct at_trace_run *run = &trace->runs[0];
    size_t n = n_stored(run);
    const struct at_trace_row *row = n ? trace->inner[run->first + n - 1] : NULL;
    return row && is_standard(row) ? row : NULL;
}

void at_trace_called_add(struct at_trace_called *called, const struct at_trace *trace)
{
    size_t n = called_row(trace) ? trace->runs[0].n : 0;
    if (called->most == 0 || n < called->least)
        called->least = n;
    if (n > called->most)
        called->most = n;
    called->recursive |= trace->recursive;
}

/* Return the columns that are left in the last line. */
static size_t columns_left(const struct at_text *text, size_t least)
{
    size_t start = text->length;
    while (start > 0 && text->data[start - 1] != '\n')
        start--;
    size_t used = at_columns(text->data + start, text->length - start);
    return used + least < MESSAGE_COLUMNS ? MESSAGE_COLUMNS - used : least;
}

/*
 * Append a function of the standard library and the number of frames that it stands for. The debug
 * information of a function with internal linkage, such as std::function's constructor from a
 * lambda, has its name without namespaces.
 */
static void add_call(struct at_text *text, const char *function,
                     const struct at_trace_called *called)
{
    char name[AT_FUNCTION_NAME_SIZE], count[40] = "";
    const char *space = at_function_name_is_standard(function) ? "" : "std::";
    if (called && called->most > 1)
        snprintf(count, sizeof count, "  [%s%zu frames]",
                 called->least < called->most ? "up to " : "", called->most);
    size_t rest = strlen(space) + strlen(count);
    at_function_name_shorten(function, name, columns_left(text, MIN_NAME_COLUMNS + rest) - rest);
    at_text_printf(text, "%s%s%s", space, name, count);
}

void at_trace_print_entry(struct at_text *text, const struct at_trace *trace,
                          const struct at_trace_called *called)
{
    const struct at_trace_row *row = called_row(trace);
    char name[AT_FUNCTION_NAME_SIZE];
    if (at_messages_are_verbose()) {
        at_text_add_string(text, trace->entry);
    } else if (row && strncmp(row->function, "operator ", 9) != 0) {
        add_call(text, row->function, called);
    } else {
        at_function_name_shorten(trace->entry, name, columns_left(text, MIN_NAME_COLUMNS));
        at_text_add_string(text, name);
    }
}

static void format_function(const struct at_trace_row *row, char out[AT_FUNCTION_NAME_SIZE])
{
    size_t size = AT_FUNCTION_NAME_SIZE;
    if (row->function[0] && at_messages_are_verbose())
        snprintf(out, size, "%s", row->function);
    else if (row->function[0])
        at_function_name_shorten(row->function, out, MAX_COLUMN);
    else if (row->module[0])
        snprintf(out, size, "%s+0x%llx", row->module, (unsigned long long) row->offset);
    else
        snprintf(out, size, "0x%llx", (unsigned long long) row->offset);
}

static void format_location(const struct at_trace_row *row, char out[AT_FUNCTION_NAME_SIZE])
{
    size_t size = AT_FUNCTION_NAME_SIZE;
    if (row->line > 0)
        snprintf(out, size, "%s:%d", row->file, row->line);
    else if (row->module[0] && row->function[0])
        snprintf(out, size, "%s+0x%llx", row->module, (unsigned long long) row->offset);
    else
        snprintf(out, size, "%s", "");
}

static void remove_spaces(struct at_text *text)
{
    while (text->length && text->data[text->length - 1] == ' ')
        text->data[--text->length] = '\0';
}

typedef void formatter(const struct at_trace_row *row, char out[AT_FUNCTION_NAME_SIZE]);

static int column_width(const struct at_trace *trace, formatter *format)
{
    int width = 0;
    for (size_t i = 0; i < trace->n_rows; i++) {
        char cell[AT_FUNCTION_NAME_SIZE];
        format(trace->rows[i], cell);
        int length = (int) strlen(cell);
        if (length > width && length <= MAX_COLUMN)
            width = length;
    }
    return width;
}

/* Cut `source` to that many columns. */
static void cut_source(char source[SOURCE_BYTES], size_t columns)
{
    size_t length = strlen(source);
    if (at_columns(source, length) <= columns)
        return;
    while (length > 0 && at_columns(source, length) > columns - 3)
        length--;
    while (length > 0 && source[length - 1] == ' ')
        length--;
    memcpy(source + length, "...", sizeof "...");
}

/* Append the source text of a row. If it does not fit into the line, that of the innermost row gets
   a line of its own, and that of another row is cut. */
static void add_source(struct at_text *text, const struct at_trace_row *row, const char *indent,
                       bool innermost)
{
    char source[SOURCE_BYTES];
    if (row->line == 0 || !at_source_line(row->file, row->object, row->line, source, sizeof source))
        return;
    size_t length = strlen(source), columns = columns_left(text, MIN_SOURCE_COLUMNS);
    if (length == sizeof source - 1) /* perhaps cut inside a character */
        cut_source(source, at_columns(source, length) - 1);
    if (!at_messages_are_verbose() && at_columns(source, strlen(source)) > columns) {
        if (innermost) {
            remove_spaces(text);
            at_text_printf(text, "\n%s  ", indent);
        }
        cut_source(source, columns_left(text, MIN_SOURCE_COLUMNS));
    }
    at_text_add_string(text, source);
}

struct widths {
    int function, location;
};

static void print_row(struct at_text *text, const struct at_trace *trace,
                      const struct at_trace_row *row, const char *indent,
                      const struct widths *widths)
{
    char function[AT_FUNCTION_NAME_SIZE], location[AT_FUNCTION_NAME_SIZE];
    format_function(row, function);
    format_location(row, location);
    at_text_printf(text, "%s%-*s  %-*s  ", indent, widths->function, function, widths->location,
                   location);
    add_source(text, row, indent, row == at_trace_location(trace));
    remove_spaces(text);
    at_text_add(text, "\n", 1);
}

/* Append the frames of the standard library that a row called. */
static void print_run(struct at_text *text, const struct at_trace *trace,
                      const struct at_trace_run *run, const char *indent,
                      const struct widths *widths)
{
    const struct at_trace_row *outermost = standard_row(trace, run);
    if (!outermost)
        return;
    if (at_messages_are_verbose()) {
        for (size_t i = 0; i < n_stored(run); i++)
            print_row(text, trace, trace->inner[run->first + i], indent, widths);
        if (run->n > n_stored(run))
            at_text_printf(text, "%s... and %zu more frames\n", indent, run->n - n_stored(run));
        return;
    }
    at_text_add_string(text, indent);
    add_call(text, outermost->function, &(struct at_trace_called){ run->n, run->n, 0 });
    at_text_add(text, "\n", 1);
}

static void print_recursion(struct at_text *text, const struct at_trace_row *row,
                            const char *indent)
{
    char name[AT_FUNCTION_NAME_SIZE];
    format_function(row, name);
    at_text_printf(text, "%s... and outer calls of %s\n", indent, name);
}

static bool is_assembly(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot && (strcmp(dot, ".s") == 0 || strcmp(dot, ".S") == 0);
}

static void print_no_table(struct at_text *text, const struct at_trace_row *last, const char *name)
{
    at_text_printf(text, "%s has no unwind table", name);
    if (last->owner != AT_OWNER_USER && last->function[0])
        at_text_printf(text, " in %s", last->module);
    else if (last->owner != AT_OWNER_USER)
        return;
    else if (is_assembly(last->file))
        at_text_add_string(text, "; give it .cfi_startproc and .cfi_endproc");
    else
        at_text_add_string(text, "; compile it with -fasynchronous-unwind-tables");
}

/* Append where and why the stack ends early. */
static void print_end(struct at_text *text, const struct at_trace *trace, const char *indent)
{
    char name[AT_FUNCTION_NAME_SIZE] = "";
    if (trace->end == AT_TRACE_WHOLE)
        return;
    if (trace->last)
        format_function(trace->last, name);
    at_text_printf(text, "%s... (the stack ", indent);
    if (trace->end == AT_TRACE_CUT)
        at_text_printf(text, "is deeper than %d frames; the outer ones are not recorded",
                       AT_STACK_MAX);
    else
        at_text_add_string(text, "ends here: ");
    if (trace->end == AT_TRACE_NO_TABLE)
        print_no_table(text, trace->last, name);
    else if (trace->end == AT_TRACE_NO_FILE)
        at_text_printf(text,
                       "the code at %s belongs to no file and has no unwind table; register one "
                       "with __register_frame()",
                       name);
    else if (trace->end == AT_TRACE_LOST)
        at_text_printf(text,
                       "the unwind table of %s does not lead to its caller; correct the .cfi "
                       "directives of its assembly code",
                       name);
    at_text_add_string(text, ")\n");
}

void at_trace_print(struct at_text *text, const struct at_trace *trace, const char *indent)
{
    const struct widths widths = { column_width(trace, format_function),
                                   column_width(trace, format_location) };
    for (size_t i = 0; i < trace->n_rows; i++) {
        if (i > 0 || at_messages_are_verbose()) /* else at_trace_print_entry() has this run */
            print_run(text, trace, &trace->runs[i], indent, &widths);
        print_row(text, trace, trace->rows[i], indent, &widths);
        if (trace->recursive >> i & 1)
            print_recursion(text, trace->rows[i], indent);
    }
    if (trace->n_more)
        at_text_printf(text, "%s... and %zu more frames\n", indent, trace->n_more);
    else
        print_run(text, trace, &trace->runs[trace->n_rows], indent, &widths);
    print_end(text, trace, indent);
}

static void add_note(struct at_text *text, const char *note, const char *indent)
{
    if (!strstr(at_text_get(text), note))
        at_text_printf(text, "%s%s\n", indent, note);
}

void at_trace_print_notes(struct at_text *text, const struct at_trace *trace, const char *indent)
{
    bool no_lines = at_trace_location(trace) == NULL;
    bool in_program = false; /* then only the program's missing lines are reported */
    for (size_t i = 0; i < trace->n_rows; i++)
        in_program |= trace->rows[i]->program;
    for (size_t i = 0; i < trace->n_rows; i++) {
        const struct at_trace_row *row = trace->rows[i];
        if (row->note && row->important)
            add_note(text, row->note, indent);
        else if (no_lines && row->program == in_program)
            add_note(text, row->note ? row->note : "(compile with -g to see files and lines)",
                     indent);
    }
}
