/* SPDX-License-Identifier: MIT */
/*
 * Traces: stacks in readable form, with the user's frames and their source text.
 */
#ifndef AT_SYMBOLS_TRACE_H
#define AT_SYMBOLS_TRACE_H

#include "attribution/site.h"
#include "base/text.h"
#include "symbols/lookup.h"
#include "symbols/trace_end.h"
#include "unwind/capture.h"

enum { AT_TRACE_ROWS = 48 };

struct at_trace {
    char entry[256]; /* the function that the user's code called: "malloc", "strdup" */
    size_t n_rows;
    size_t n_more; /* rows beyond AT_TRACE_ROWS */
    enum at_trace_end end;
    const struct at_trace_row
        *last; /* the function with which the stack ends, unless it is whole */
    struct at_trace_row *rows[AT_TRACE_ROWS];
};

/*
 * Find the functions and lines of a stack that `function` was called with. The rows belong to
 * `known`, which must outlive the trace. Return false if the kernel refused memory.
 *
 * Frames of libc, the C++ runtime, the loader, a test framework and this library are left out, and
 * so is everything outside the test body. Unless `full`, several frames in a library without debug
 * information are replaced by one: the function that was called in the library. The caller must
 * have suspended tracking.
 */
bool at_trace_stack(struct at_trace *trace, struct at_lookup *known, enum at_function function,
                    const struct at_stack *stack, bool full);

/* The same for a call site. Its code may have been unloaded since. */
bool at_trace_site(struct at_trace *trace, struct at_lookup *known, const struct at_call_site *site,
                   bool full);

/* Set a function that calls the user's code. Its frame and all frames outside it are left out, like
   those outside main(). Call this once, before the first trace. */
void at_trace_set_outermost(const void *function);

/* Return the number of frames inside the frame of that function. */
size_t at_trace_n_inner(const uintptr_t *frames, size_t n_frames);

/* Return the innermost row with a file and a line, or NULL. */
const struct at_trace_row *at_trace_location(const struct at_trace *trace);

/* Append a line for each row: `indent`, function, file:line and source text, in aligned columns. */
void at_trace_print(struct at_text *text, const struct at_trace *trace, const char *indent);

/*
 * Append a line for each reason why files, lines or inlined functions are missing from the trace,
 * with a remedy. A line that `text` already contains is not repeated.
 */
void at_trace_print_notes(struct at_text *text, const struct at_trace *trace, const char *indent);

#endif
