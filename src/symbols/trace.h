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

enum { AT_TRACE_ROWS = 48, AT_TRACE_INNER_ROWS = 192 };

/* Consecutive frames that are not the user's, such as those of the C++ standard library. */
struct at_trace_run {
    uint32_t first; /* number in `inner` */
    uint32_t n;
};

/* Which frames of the user's code a trace has. */
enum at_trace_detail {
    AT_TRACE_FULL,   /* all */
    AT_TRACE_BRIEF,  /* several frames in a library without debug information are replaced by one:
                        the function that was called in the library */
    AT_TRACE_FOLDED, /* the same, without the calls from the innermost call of a recursive function
                        to its outermost one */
};

struct at_trace {
    char entry[512]; /* the function that the user's code called: "malloc", "strdup" */
    enum at_trace_detail detail;
    uint64_t recursive; /* a bit for each row: outer calls of its function were left out */
    size_t n_rows;
    size_t n_more; /* rows beyond AT_TRACE_ROWS */
    enum at_trace_end end;
    const struct at_trace_row
        *last; /* the function with which the stack ends, unless it is whole */
    struct at_trace_row *rows[AT_TRACE_ROWS];
    struct at_trace_run
        runs[AT_TRACE_ROWS + 1]; /* those that row `i` called; the last: its caller */
    size_t n_inner;
    const struct at_trace_row *inner[AT_TRACE_INNER_ROWS];
};

/*
 * Find the functions and lines of a stack that `function` was called with. The rows belong to
 * `known`, which must outlive the trace. Return false if the kernel refused memory.
 *
 * Frames of libc, the C++ runtime, the loader, a test framework and this library are left out, and
 * so is everything outside the test body. The caller must have suspended tracking.
 */
bool at_trace_stack(struct at_trace *trace, struct at_lookup *known, enum at_function function,
                    const struct at_stack *stack, enum at_trace_detail detail);

/* The same for a call site. Its code may have been unloaded since. */
bool at_trace_site(struct at_trace *trace, struct at_lookup *known, const struct at_call_site *site,
                   enum at_trace_detail detail);

/* Set a function that calls the user's code. Its frame and all frames outside it are left out, like
   those outside main(). Call this once, before the first trace. */
void at_trace_set_outermost(const void *function);

/* Return the number of frames inside the frame of that function. */
size_t at_trace_n_inner(const uintptr_t *frames, size_t n_frames);

/* Return the innermost row with a file and a line, or NULL. */
const struct at_trace_row *at_trace_location(const struct at_trace *trace);

/* Return whether ALLOC_TRACKER_VERBOSE is set, and not to 0: messages then leave nothing out. */
bool at_messages_are_verbose(void);

/* Return the detail of a trace in a message: AT_TRACE_FULL or AT_TRACE_FOLDED. */
enum at_trace_detail at_messages_detail(void);

/* How many frames the calls of the standard library have that a line stands for, and which rows are
   recursive in any of its traces. Zero-initialise it, and add each trace that the line is about. */
struct at_trace_called {
    size_t least;
    size_t most;
    uint64_t recursive;
};

void at_trace_called_add(struct at_trace_called *called, const struct at_trace *trace);

/* Append the function that the user's code called. The outermost function of the C++ standard
   library is shortened to fit into the line. The number of frames in the library follows, unless
   `called` is NULL. */
void at_trace_print_entry(struct at_text *text, const struct at_trace *trace,
                          const struct at_trace_called *called);

/*
 * Append a line for each row: `indent`, function, file:line and source text, in aligned columns.
 * Consecutive frames of the standard library become one line, and the lines are cut to the width of
 * a message, unless at_messages_are_verbose(). A line follows each recursive function.
 */
void at_trace_print(struct at_text *text, const struct at_trace *trace, const char *indent);

/*
 * Append a line for each reason why files, lines or inlined functions are missing from the trace,
 * with a remedy. A line that `text` already contains is not repeated.
 */
void at_trace_print_notes(struct at_text *text, const struct at_trace *trace, const char *indent);

#endif
