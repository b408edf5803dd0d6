/* SPDX-License-Identifier: MIT */
/*
 * A stack as a person reads it: the user's own frames with their source text.
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
    const struct at_trace_row *last; /* the function in which the stack ends, unless it is whole */
    struct at_trace_row *rows[AT_TRACE_ROWS];
};

/*
 * Resolves a stack, into rows of `known`, which must outlive the trace; false where the kernel
 * refused memory. Frames of libc, the C++ runtime, the loader, a test framework and this library are left
 * out, and so is everything outside the test body. Unless `full`, the way through a library without
 * debug information is shown by the function that was called in it. The caller has suspended
 * tracking.
 */
bool at_trace_stack(struct at_trace *trace, struct at_lookup *known, enum at_function function,
                    const struct at_stack *stack, bool full);

/* The same of a site, whose code may be unloaded by now. */
bool at_trace_site(struct at_trace *trace, struct at_lookup *known, const struct at_call_site *site,
                   bool full);

/* A function that calls the user's code, as one outermost frame: it and what is beyond are left
   out, as is what the C runtime calls main from. Set once, before the first trace. */
void at_trace_set_outermost(const void *function);

/* Return how many of the frames come before that function's. */
size_t at_trace_n_inner(const uintptr_t *frames, size_t n_frames);

/* The innermost row that has a file and a line, or NULL. */
const struct at_trace_row *at_trace_location(const struct at_trace *trace);

/* One line a row: function, file:line, source text; aligned, each line starting with `indent`. */
void at_trace_print(struct at_text *text, const struct at_trace *trace, const char *indent);

/*
 * Append, a line each, why files, lines or inlined functions are missing from the trace, with the
 * remedy; no line that `text` has already.
 */
void at_trace_print_notes(struct at_text *text, const struct at_trace *trace, const char *indent);

#endif
