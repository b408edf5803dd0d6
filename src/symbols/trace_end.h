/* SPDX-License-Identifier: MIT */
/*
 * How the user's part of a stack ends, for messages, for results files and for the command that
 * reads these files.
 */
#ifndef AT_SYMBOLS_TRACE_END_H
#define AT_SYMBOLS_TRACE_END_H

enum at_trace_end {
    AT_TRACE_WHOLE = 0, /* with the test, main() or a thread's first function */
    AT_TRACE_CUT,       /* at the limit of recorded frames */
    AT_TRACE_NO_TABLE,  /* at a function without an unwind table */
    AT_TRACE_NO_FILE,   /* at code that belongs to no file, such as generated code */
    AT_TRACE_LOST,      /* at a function whose unwind table does not lead to its caller */
    AT_TRACE_ENDS
};

/* The values of the member "stack_end" of a results file. A whole stack does not have it. */
#define AT_TRACE_END_NAMES                                                                         \
    {                                                                                              \
        "whole", "limit", "no-unwind-table", "generated-code", "lost"                              \
    }

#endif
