/* SPDX-License-Identifier: MIT */
/*
 * A set of readable stacks. Call sites with equal traces, for example in inlined copies of one
 * function, have one stack. A stack has a number: 0, 1, 2 and so on, in order of first appearance.
 * Messages, results and the findings of a sweep add up their call sites by this number.
 *
 * Not thread-safe. No allocation by malloc.
 */
#ifndef AT_SYMBOLS_STACK_SET_H
#define AT_SYMBOLS_STACK_SET_H

#include "base/intern.h"
#include "symbols/source_lines.h"
#include "symbols/trace.h"

#define AT_STACK_SET_NONE AT_INTERN_NONE

/* A zero-initialised set is empty and valid. Release it with at_stack_set_free(). */
struct at_stack_set {
    struct at_intern frames; /* each as JSON, docs/results.schema.json */
    struct at_intern stacks; /* each: the called function, NUL, numbers of frames, how it ends */
    struct at_text scratch;
    struct at_source_lines *sources; /* adds the text of the lines to frames; NULL: without text */
};

/*
 * Return the number of a trace's stack, which is added if it is new. Return AT_STACK_SET_NONE if
 * the kernel refused memory. All traces of a set must be made with the same struct at_lookup.
 */
uint32_t at_stack_set_put(struct at_stack_set *set, const struct at_trace *trace);

/* Return the number of stacks. */
uint32_t at_stack_set_size(const struct at_stack_set *set);

/* Return the function that the code called: "malloc". Valid until the next at_stack_set_put(). */
const char *at_stack_set_function(const struct at_stack_set *set, uint32_t stack);

/* Return the number of frames of a stack, and the number of frame `i`; 0 is the innermost. */
size_t at_stack_set_n_frames(const struct at_stack_set *set, uint32_t stack);
uint32_t at_stack_set_frame(const struct at_stack_set *set, uint32_t stack, size_t i);

/* Return how the stack ends. */
enum at_trace_end at_stack_set_end(const struct at_stack_set *set, uint32_t stack);

/* Return a frame as JSON, `*n` bytes without a NUL. Valid until the next at_stack_set_put(). */
const char *at_stack_set_frame_json(const struct at_stack_set *set, uint32_t frame, size_t *n);

/* Return a number less than, equal to or greater than 0: by function, frame by frame, by end. The
   order does not depend on the order of appearance. */
int at_stack_set_compare(const struct at_stack_set *set, uint32_t a, uint32_t b);

void at_stack_set_free(struct at_stack_set *set);

#endif
