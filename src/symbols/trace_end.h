/* SPDX-License-Identifier: MIT */
/*
 * How the user's part of a stack ends: in messages, in results files, and in the command that reads
 * them.
 */
#ifndef AT_SYMBOLS_TRACE_END_H
#define AT_SYMBOLS_TRACE_END_H

enum at_trace_end {
    AT_TRACE_WHOLE = 0, /* with the test, main or a thread's first function */
    AT_TRACE_CUT,       /* at the highest number of frames that is recorded */
    AT_TRACE_NO_TABLE,  /* in a function without an unwind table */
    AT_TRACE_NO_FILE,   /* in code that belongs to no file, as generated code does */
    AT_TRACE_LOST,      /* in a function whose unwind table does not lead to its caller */
    AT_TRACE_ENDS
};

/* The words of a results file, member "stack_end", which a whole stack does not have. */
#define AT_TRACE_END_NAMES                                                                         \
    {                                                                                              \
        "whole", "limit", "no-unwind-table", "generated-code", "lost"                              \
    }

#endif
