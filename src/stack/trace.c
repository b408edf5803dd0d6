/* SPDX-License-Identifier: MIT */
/* See trace.h. */
#include "stack/trace.h"

#include <stdio.h>
#include <string.h>
#include <unwind.h>

#include "base/pages.h"
#include "stack/capture.h"
#include "stack/source.h"

enum { MAX_INLINED = 24, MAX_COLUMN = 40, SOURCE_COLUMNS = 120 };

static const void *outermost;

void at_trace_set_outermost(const void *function)
{
    outermost = function;
}

static bool is_outermost(uintptr_t address)
{
    return outermost && _Unwind_FindEnclosingFunction((void *) address) == outermost;
}

static const char *skip(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 ? name + n : name;
}

/* libc's internal aliases under the name that the user's code called: "__GI___strdup",
   "___asprintf", "_IO_getdelim" and "__fopen_internal" are strdup, asprintf, getdelim and fopen. */
static void name_entry(struct at_trace *trace, const struct at_frame *frame)
{
    if (!frame->function[0])
        return;
    const char *name = skip(frame->function, "__GI_");
    name += strspn(name, "_");
    name = skip(skip(name, "IO_"), "libc_");
    size_t n = strlen(name);
    static const char suffix[] = "_internal";
    if (n > sizeof suffix && strcmp(name + n - (sizeof suffix - 1), suffix) == 0)
        n -= sizeof suffix - 1;
    if (n > sizeof trace->entry - 1)
        n = sizeof trace->entry - 1;
    memcpy(trace->entry, name, n);
    trace->entry[n] = '\0';
}

/* The function that the user's code called decides: it is worth a look into its object. */
static void name_last(struct at_trace *trace, uintptr_t address, uint32_t epoch)
{
    struct at_frame *frame = at_pages_new(sizeof *frame);
    if (!frame)
        return;
    at_symbolize_name(address, epoch, frame);
    name_entry(trace, frame);
    at_pages_free(frame, sizeof *frame);
}

/* Adds the frames of one address; false once the user's part of the stack is over. */
static bool add_rows(struct at_trace *trace, const struct at_frame *frames, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (frames[i].owner == AT_OWNER_FRAMEWORK || strcmp(frames[i].function, "_start") == 0)
            return false;
        if (frames[i].owner != AT_OWNER_USER) {
            if (trace->n_rows == 0)
                name_entry(trace, &frames[i]);
            continue;
        }
        if (trace->n_rows == AT_TRACE_ROWS)
            trace->n_more++;
        else
            trace->rows[trace->n_rows++] = frames[i];
    }
    return true;
}

static void add_everything(struct at_trace *trace, struct at_frame *scratch,
                           const uintptr_t *frames, size_t n_frames, uint32_t epoch)
{
    for (size_t i = 0; i < n_frames && trace->n_rows < AT_TRACE_ROWS; i++) {
        size_t n = at_symbolize(frames[i], epoch, scratch, 1);
        trace->n_rows += n;
        trace->rows[trace->n_rows - 1] = scratch[0];
    }
}

/* How many rows from `first` on lie in one library and have no line. */
static size_t opaque_run(const struct at_trace *trace, size_t first)
{
    size_t i = first;
    while (i < trace->n_rows && trace->rows[i].line == 0 && !trace->rows[i].program
           && strcmp(trace->rows[i].module, trace->rows[first].module) == 0)
        i++;
    return i - first;
}

/* Of a run of such rows, longer than two, the outermost stays: what the user's code called. */
static void collapse(struct at_trace *trace)
{
    size_t kept = 0;
    for (size_t i = 0; i < trace->n_rows;) {
        size_t run = opaque_run(trace, i);
        i += run > 2 ? run - 1 : 0;
        trace->rows[kept++] = trace->rows[i++];
    }
    trace->n_rows = kept;
}

static struct at_trace *resolve(enum at_function function, const uintptr_t *frames, size_t n_frames,
                                uint32_t epoch, bool full)
{
    struct at_trace *trace = at_pages_new(sizeof *trace);
    struct at_frame *scratch = at_pages_new(MAX_INLINED * sizeof *scratch);
    if (!trace || !scratch) {
        at_pages_free(trace, sizeof *trace);
        at_pages_free(scratch, MAX_INLINED * sizeof *scratch);
        return NULL;
    }
    snprintf(trace->entry, sizeof trace->entry, "%s", at_function_name(function));
    uintptr_t unnamed = 0; /* the frame before, if it is not the user's */
    for (size_t i = 0; i < n_frames && !is_outermost(frames[i]); i++) {
        size_t n = at_symbolize(frames[i], epoch, scratch, MAX_INLINED);
        if (unnamed && trace->n_rows == 0 && scratch[n - 1].owner == AT_OWNER_USER)
            name_last(trace, unnamed, epoch);
        unnamed = scratch[0].function[0] ? 0 : frames[i];
        if (!add_rows(trace, scratch, n))
            break;
    }
    if (!full)
        collapse(trace);
    if (trace->n_rows == 0)
        add_everything(trace, scratch, frames, n_frames, epoch);
    trace->no_lines = at_trace_location(trace) == NULL;
    at_pages_free(scratch, MAX_INLINED * sizeof *scratch);
    return trace;
}

struct at_trace *at_trace_new(enum at_function function, const uintptr_t *frames, size_t n_frames,
                              bool cut, bool full)
{
    struct at_trace *trace = resolve(function, frames, n_frames, 0, full);
    if (trace)
        trace->cut = cut;
    return trace;
}

struct at_trace *at_trace_of_site(const struct at_call_site *site, bool full)
{
    struct at_trace *trace =
        resolve((enum at_function) site->function, site->frames, site->n_frames, site->epoch, full);
    if (trace)
        trace->cut = site->cut;
    return trace;
}

void at_trace_free(struct at_trace *trace)
{
    at_pages_free(trace, sizeof *trace);
}

const struct at_frame *at_trace_location(const struct at_trace *trace)
{
    for (size_t i = 0; i < trace->n_rows; i++)
        if (trace->rows[i].line > 0)
            return &trace->rows[i];
    return NULL;
}

static void format_function(const struct at_frame *row, char *out, size_t size)
{
    if (row->function[0])
        snprintf(out, size, "%s", row->function);
    else if (row->module[0])
        snprintf(out, size, "%s+0x%llx", row->module, (unsigned long long) row->offset);
    else
        snprintf(out, size, "0x%llx", (unsigned long long) row->offset);
}

static void format_place(const struct at_frame *row, char *out, size_t size)
{
    if (row->line > 0)
        snprintf(out, size, "%s:%d", row->file, row->line);
    else if (row->module[0] && row->function[0])
        snprintf(out, size, "%s+0x%llx", row->module, (unsigned long long) row->offset);
    else
        snprintf(out, size, "%s", "");
}

typedef void formatter(const struct at_frame *row, char *out, size_t size);

static int column_width(const struct at_trace *trace, formatter *format)
{
    int width = 0;
    for (size_t i = 0; i < trace->n_rows; i++) {
        char cell[sizeof trace->rows[i].file + 16];
        format(&trace->rows[i], cell, sizeof cell);
        int length = (int) strlen(cell);
        if (length > width && length <= MAX_COLUMN)
            width = length;
    }
    return width;
}

void at_trace_print(struct at_text *text, const struct at_trace *trace, const char *indent)
{
    int functions = column_width(trace, format_function);
    int places = column_width(trace, format_place);
    for (size_t i = 0; i < trace->n_rows; i++) {
        const struct at_frame *row = &trace->rows[i];
        char function[sizeof row->function];
        char place[sizeof row->file + 16];
        char source[SOURCE_COLUMNS];
        format_function(row, function, sizeof function);
        format_place(row, place, sizeof place);
        if (row->line == 0 || !at_source_line(row->file, row->line, source, sizeof source))
            source[0] = '\0';
        at_text_printf(text, "%s%-*s  %-*s  %s", indent, functions, function, places, place,
                       source);
        while (text->length && text->data[text->length - 1] == ' ')
            text->data[--text->length] = '\0';
        at_text_add(text, "\n", 1);
    }
    if (trace->n_more)
        at_text_printf(text, "%s... and %zu more frames\n", indent, trace->n_more);
    if (trace->cut)
        at_text_printf(text, "%s... (the stack is deeper than %d frames)\n", indent, AT_STACK_MAX);
}
