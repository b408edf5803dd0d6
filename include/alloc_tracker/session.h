/* SPDX-License-Identifier: MIT */
/*
 * Sessions, operations and spans measure the allocations of pieces of work, for benchmarks.
 *
 *     struct at_session *session = at_session_new();
 *     struct at_operation *parse = at_session_operation(session, "parse");
 *     at_measure_thread(parse) {
 *         parse_document();
 *     }
 *     at_session_print(session, stdout);
 *     at_session_free(session);
 *
 * Sessions and operations use no malloc, so they add nothing to counters, spans or regions. No
 * function here may be called inside an allocation or in a signal handler.
 */
#ifndef ALLOC_TRACKER_SESSION_H
#define ALLOC_TRACKER_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <alloc_tracker/attributes.h>
#include <alloc_tracker/counters.h>
#include <alloc_tracker/region.h>
#include <alloc_tracker/report.h>
#include <alloc_tracker/status.h>

AT_BEGIN_DECLS

struct at_session;
struct at_operation;

/* Create an empty session, which the caller owns. Return NULL if memory ran out. Several sessions
   may exist at the same time. Thread-safe. */
AT_API struct at_session *at_session_new(void);

/* Release a session and its operations. All spans of the operations must have ended. NULL is
   allowed. Always return NULL. */
AT_API struct at_session *at_session_free(struct at_session *session);

/* Return the operation `name` of the session, which owns it; create the operation at the first
   call. The name is copied, and may be any string but NULL. Return NULL if memory ran out.
   Thread-safe. */
AT_API struct at_operation *at_session_operation(struct at_session *session, const char *name);

/* Return true if all recorded spans together have no iteration. Thread-safe. */
AT_API bool at_session_is_empty(const struct at_session *session);

/* Write the cost of one iteration of an operation as text: "24 bytes/iter, 2 allocations/iter",
   with the slopes of at_report_statistics(); "no measurements" if no span is recorded. The text is
   cut to `size` bytes with its NUL; 128 bytes are always enough. Return AT_OK, or
   AT_ERROR_UNOBSERVED if not all allocations of a span were observed: then no text is written.
   Thread-safe. */
AT_API enum at_status at_operation_format(struct at_operation *operation, char *text, size_t size);

/* Store a report of all spans recorded until now in `*report`. The caller owns the report, which is
   independent of the session. Return AT_OK, AT_ERROR_NO_MEMORY, or AT_ERROR_UNOBSERVED if not all
   allocations of a span were observed: at_is_observable() has the reason. Thread-safe. */
AT_API enum at_status at_session_report(const struct at_session *session,
                                        struct at_report **report);

/* Print the report's table, or the reason why there is no report. Return the status of
   at_session_report() or of at_report_print(). The stream may allocate its buffer. Thread-safe. */
AT_API enum at_status at_session_print(const struct at_session *session, FILE *stream);

/*
 * A piece of work that is being measured. Spans may be nested; an outer span includes the counts of
 * its inner spans. Spans may overlap, and several threads may measure one operation at the same
 * time. A span that never ends, for example because longjmp() leaves its function, is not recorded.
 */
struct at_span {
    struct at_operation *operation; /* NULL after the end */
    enum at_scope scope;
    int exceptions;      /* C++ exceptions that are not yet caught at the beginning */
    uint64_t iterations; /* see at_span_set_iterations() */
    struct at_counters start;
    struct at_region *region; /* NULL unless the span is tracked */
    bool entered;             /* at_measure_...() has entered its code block */
    struct at_usage usage;    /* of a tracked span, after its end */
};

/*
 * Begin a span. A thread span counts the calling thread only, and must end on this thread. A
 * process span counts all threads, also those that start or end during the span, and may end on any
 * thread. The cost is that of at_thread_counters() or at_process_counters() and some 10 ns
 * (docs/performance.md).
 *
 * at_span_begin_tracked() opens a region as well, at the cost of a region. After the end, `usage`
 * has the exact peak, live bytes and leaks of the span, and the report has their extremes. If all
 * spans of an operation are tracked, the report also has an estimate of the peak. Store
 * the span in `*span` and return AT_OK. If at_region_begin() fails, return its status; then no span
 * begins.
 *
 * Thread-safe.
 */
AT_API struct at_span at_span_begin_thread(struct at_operation *operation);
AT_API struct at_span at_span_begin_process(struct at_operation *operation);
AT_API enum at_status at_span_begin_tracked(struct at_operation *operation, enum at_scope scope,
                                            struct at_span *span);

/* Set how many times the work is done in this span, at any time before the end. The default is 1. A
   span with 0 iterations adds to the totals, but not to the values per iteration. */
AT_API void at_span_set_iterations(struct at_span *span, uint64_t iterations);

/* End the span and record it. A second call does nothing. Spans of one operation may end on several
   threads at the same time. */
AT_API void at_span_end(struct at_span *span);

/* End the span without recording it. */
AT_API void at_span_discard(struct at_span *span);

/*
 * Measure a code block: at_measure_thread(operation) { ... }. The optional second argument is the
 * number of iterations. The span is recorded at the end of the code block, also if break, return or
 * goto leaves it. The span is discarded if a C++ exception or longjmp() leaves the code block.
 */
#define at_measure_thread(...)                                                                     \
    AT_MEASURE(AT_MEASURE_NAME(__COUNTER__), at_span_begin_thread, __VA_ARGS__, 1, 0)
#define at_measure_process(...)                                                                    \
    AT_MEASURE(AT_MEASURE_NAME(__COUNTER__), at_span_begin_process, __VA_ARGS__, 1, 0)

/* Parts of at_measure_thread() and at_measure_process(), not for direct use. */
AT_API bool at_span_step(struct at_span *span, uint64_t iterations);
AT_API void at_span_leave(struct at_span *span);

#define AT_MEASURE_NAME(Counter) AT_MEASURE_PASTE(at_measured_span_, Counter)
#define AT_MEASURE_PASTE(Prefix, Counter) AT_MEASURE_PASTE_(Prefix, Counter)
#define AT_MEASURE_PASTE_(Prefix, Counter) Prefix##Counter
#define AT_MEASURE(...) AT_MEASURE_(__VA_ARGS__)
#define AT_MEASURE_(Span, Begin, Operation, Iterations, ...)                                       \
    for (struct at_span Span __attribute__((cleanup(at_span_leave))) = Begin(Operation);           \
         at_span_step(&Span, Iterations);)

AT_END_DECLS

#endif
