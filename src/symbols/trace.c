/* SPDX-License-Identifier: MIT */
/* See trace.h. trace_print.c has the text of a trace. */
#include "symbols/trace.h"

#include <stdio.h>
#include <string.h>

#include "unwind/capture.h"

static const void *outermost;

void at_trace_set_outermost(const void *function)
{
    outermost = function;
}

static bool is_outermost(uintptr_t address)
{
    return outermost && at_stack_function(address) == outermost;
}

static const char *skip_prefix(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 ? name + n : name;
}

/* Set the function that the user's code called. libc's internal names are replaced by public ones:
   "__GI___strdup", "___asprintf", "_IO_getdelim" and "__fopen_internal" by strdup, asprintf,
   getdelim and fopen. */
static void name_entry(struct at_trace *trace, const char *function)
{
    if (!function[0])
        return;
    bool is_mangled = strncmp(function, "_Z", 2) == 0 || strncmp(function, "_R", 2) == 0;
    const char *name = skip_prefix(function, "__GI_");
    if (!is_mangled)
        name += strspn(name, "_");
    name = skip_prefix(skip_prefix(name, "IO_"), "libc_");
    size_t n = strlen(name);
    static const char suffix[] = "_internal";
    if (n > sizeof suffix && strcmp(name + n - (sizeof suffix - 1), suffix) == 0)
        n -= sizeof suffix - 1;
    if (strncmp(name, "operator new", 12) == 0 || strncmp(name, "operator delete", 15) == 0)
        n = strcspn(name, "(");
    if (n > sizeof trace->entry - 1)
        n = sizeof trace->entry - 1;
    memcpy(trace->entry, name, n);
    trace->entry[n] = '\0';
}

size_t at_trace_n_inner(const uintptr_t *frames, size_t n_frames)
{
    size_t n = 0;
    while (n < n_frames && !is_outermost(frames[n]))
        n++;
    return n;
}

/* Add a row that is not the user's to the run that is inside the next row. */
static void add_inner_row(struct at_trace *trace, const struct at_trace_row *row)
{
    struct at_trace_run *run = &trace->runs[trace->n_rows];
    if (trace->n_more)
        return;
    run->first = run->n ? run->first : (uint32_t) trace->n_inner;
    run->n++;
    if (trace->n_inner < AT_TRACE_INNER_ROWS)
        trace->inner[trace->n_inner++] = row;
    else if (run->first < AT_TRACE_INNER_ROWS)
        trace->inner[AT_TRACE_INNER_ROWS - 1] = row; /* the outermost one names the run */
}

/* Return whether two rows are calls of one function. A test may have the name of another function,
   and the debug information of inlined lambdas has the name "operator()" for all of them. Overloads
   with internal linkage have one name, but differ in their start. */
static bool is_same_function(const struct at_trace_row *a, const struct at_trace_row *b)
{
    if (!a->function[0] || strcmp(a->function, "operator()") == 0 || a->renamed != b->renamed
        || a->start != b->start)
        return false;
    return strcmp(a->function, b->function) == 0 && strcmp(a->file, b->file) == 0
           && strcmp(a->module, b->module) == 0;
}

/* If the trace has a row of the same function, leave out all rows outside it and return true. */
static bool fold_recursion(struct at_trace *trace, const struct at_trace_row *row)
{
    for (size_t i = 0; i < trace->n_rows; i++) {
        if (!is_same_function(trace->rows[i], row))
            continue;
        trace->recursive = (trace->recursive & ((UINT64_C(1) << i) - 1)) | UINT64_C(1) << i;
        for (size_t run = i + 1; run <= trace->n_rows; run++)
            trace->runs[run].n = 0;
        trace->n_rows = i + 1;
        trace->n_more = 0;
        return true;
    }
    return false;
}

/* Add the frames of one address. Return false if the user's part of the stack ends there. */
static bool add_rows(struct at_trace *trace, struct at_trace_row *rows, size_t n)
{
    trace->last = &rows[n - 1];
    for (size_t i = 0; i < n; i++) {
        if (rows[i].owner == AT_OWNER_FRAMEWORK || strcmp(rows[i].function, "_start") == 0)
            return false;
        if (rows[i].owner != AT_OWNER_USER) {
            if (trace->n_rows == 0)
                name_entry(trace, rows[i].function);
            add_inner_row(trace, &rows[i]);
            continue;
        }
        if (trace->detail == AT_TRACE_FOLDED && fold_recursion(trace, &rows[i]))
            continue;
        if (trace->n_rows == AT_TRACE_ROWS)
            trace->n_more++;
        else
            trace->rows[trace->n_rows++] = &rows[i];
    }
    return true;
}

/* Return the number of rows from `first` on that are in one library and have no line. */
static size_t opaque_run(const struct at_trace *trace, size_t first)
{
    size_t i = first;
    while (i < trace->n_rows && trace->rows[i]->line == 0 && !trace->rows[i]->program
           && strcmp(trace->rows[i]->module, trace->rows[first]->module) == 0)
        i++;
    return i - first;
}

/* Replace each run of more than two such rows by the outermost: the function that the user called.
 */
static void collapse_libraries(struct at_trace *trace)
{
    size_t n_rows = 0;
    uint64_t recursive = 0;
    for (size_t i = 0; i < trace->n_rows;) {
        size_t run = opaque_run(trace, i);
        trace->runs[n_rows] = trace->runs[i];
        i += run > 2 ? run - 1 : 0;
        recursive |= (trace->recursive >> i & 1) << n_rows;
        trace->rows[n_rows++] = trace->rows[i++];
    }
    trace->recursive = recursive;
    trace->runs[n_rows] = trace->runs[trace->n_rows];
    trace->n_rows = n_rows;
}

/* A stack, and the epoch of its code. */
struct addresses {
    const uintptr_t *frames;
    size_t n;
    uint32_t epoch;
    enum at_stack_end end;
};

/* Return how a stack ends in which no known outermost function was found. */
static enum at_trace_end find_end(const struct at_trace *trace, const struct addresses *stack)
{
    enum at_stack_end end = at_module_stack_end(stack->end, stack->frames[stack->n - 1]);
    if (end == AT_STACK_WHOLE)
        return AT_TRACE_WHOLE;
    if (end == AT_STACK_CUT)
        return AT_TRACE_CUT;
    if (!trace->last || !trace->last->module[0])
        return AT_TRACE_NO_FILE;
    return end == AT_STACK_NO_TABLE ? AT_TRACE_NO_TABLE : AT_TRACE_LOST;
}

static bool is_main(const struct at_trace_row *row)
{
    return row->program && strcmp(row->function, "main") == 0;
}

/* Add the user's rows. If the function that the user's code called has no exported name, its name
   is searched in the debug information of its object. */
static bool add_user_frames(struct at_trace *trace, struct at_lookup *known,
                            const struct addresses *stack)
{
    uintptr_t unnamed = 0; /* the previous frame, if it has no name */
    bool whole = false;
    for (size_t i = 0; i < stack->n; i++) {
        if ((whole = is_outermost(stack->frames[i])))
            break;
        size_t n;
        struct at_trace_row *rows = at_lookup_rows(known, stack->frames[i], stack->epoch, &n);
        if (!rows)
            return false;
        if (unnamed && trace->n_rows == 0 && rows[n - 1].owner == AT_OWNER_USER)
            name_entry(trace, at_lookup_name(known, unnamed, stack->epoch));
        unnamed = rows[0].function[0] ? 0 : stack->frames[i];
        if ((whole = !add_rows(trace, rows, n) || is_main(&rows[n - 1])))
            break;
    }
    trace->end = whole ? AT_TRACE_WHOLE : find_end(trace, stack);
    return true;
}

static bool add_all_frames(struct at_trace *trace, struct at_lookup *known,
                           const struct addresses *stack)
{
    trace->runs[0].n = 0;
    for (size_t i = 0; i < stack->n && trace->n_rows < AT_TRACE_ROWS; i++) {
        size_t n;
        struct at_trace_row *rows = at_lookup_rows(known, stack->frames[i], stack->epoch, &n);
        if (!rows)
            return false;
        trace->rows[trace->n_rows++] = rows;
    }
    return true;
}

static bool resolve_stack(struct at_trace *trace, struct at_lookup *known,
                          enum at_function function, const struct addresses *stack,
                          enum at_trace_detail detail)
{
    *trace = (struct at_trace){ .detail = detail };
    snprintf(trace->entry, sizeof trace->entry, "%s", at_function_name(function));
    if (!add_user_frames(trace, known, stack))
        return false;
    if (detail != AT_TRACE_FULL)
        collapse_libraries(trace);
    if (trace->n_rows == 0 && !add_all_frames(trace, known, stack))
        return false;
    return true;
}

bool at_trace_stack(struct at_trace *trace, struct at_lookup *known, enum at_function function,
                    const struct at_stack *stack, enum at_trace_detail detail)
{
    const struct addresses addresses = { stack->frames, stack->n_frames, 0, stack->end };
    return resolve_stack(trace, known, function, &addresses, detail);
}

bool at_trace_site(struct at_trace *trace, struct at_lookup *known, const struct at_call_site *site,
                   enum at_trace_detail detail)
{
    const struct addresses addresses = { site->frames, site->n_frames, site->epoch,
                                         (enum at_stack_end) site->end };
    return resolve_stack(trace, known, (enum at_function) site->function, &addresses, detail);
}

const struct at_trace_row *at_trace_location(const struct at_trace *trace)
{
    for (size_t i = 0; i < trace->n_rows; i++)
        if (trace->rows[i]->line > 0)
            return trace->rows[i];
    return NULL;
}
