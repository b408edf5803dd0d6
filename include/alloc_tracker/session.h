/* SPDX-License-Identifier: MIT */
/*
 * Sessions, operations and spans: what pieces of work allocate, for benchmarks.
 *
 *     struct at_session *session = at_session_new();
 *     struct at_operation *parse = at_session_operation(session, "parse");
 *     at_measure_thread(parse) {
 *         parse_document();
 *     }
 *     at_session_print(session, stdout);
 *     at_session_free(session);
 *
 * A session and its operations live in pages of our own, so measuring does not count itself.
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

/* A new, empty session, owned by the caller; NULL where the kernel refuses memory. Several may
   exist at once, independently. Thread-safe. */
AT_API struct at_session *at_session_new(void);

/* Releases a session and its operations; every span on them must have ended. NULL is allowed.
   Always returns NULL. */
AT_API struct at_session *at_session_free(struct at_session *session);

/* The operation of that name: the same name, the same data. Owned by the session. `name` is copied
   and may be any string but NULL. NULL where the kernel refuses memory. Thread-safe. */
AT_API struct at_operation *at_session_operation(struct at_session *session, const char *name);

/* True until a span has been recorded. Thread-safe. */
AT_API bool at_session_is_empty(const struct at_session *session);

/* An immutable snapshot of what has been recorded so far, owned by the caller and independent of
   the session. AT_ERROR_NO_MEMORY. AT_ERROR_UNOBSERVED where a span ended of which not everything
   was observed: at_is_observable() has the reason. Thread-safe. */
AT_API enum at_status at_session_report(const struct at_session *session,
                                        struct at_report **report);

/* Prints the table of at_report_print(), or why there is no report, and returns the status of
   at_session_report() or at_report_print(). Thread-safe. */
AT_API enum at_status at_session_print(const struct at_session *session, FILE *stream);

/*
 * A piece of work in progress. Spans may nest (each includes what the inner ones count), overlap,
 * and be open on one operation from several threads at once. A span that is never ended is not
 * recorded: a longjmp over it leaves no half of it behind.
 */
struct at_span {
    struct at_operation *operation; /* NULL once it has ended */
    enum at_scope scope;
    int exceptions;
    uint64_t iterations;
    struct at_counters start;
    struct at_region *region; /* of a tracked span */
    bool entered;             /* a block form's loop has begun */
    struct at_usage usage;    /* of a tracked span, once it has ended */
};

/*
 * Begins a span. A thread span counts the calling thread only and must end on it; a process span
 * counts every thread, those that start and exit inside included, and may end on any. The cost is
 * that of at_thread_counters() or at_process_counters(), and some 10 ns (docs/performance.md). A
 * span is not to be ended in a signal handler.
 *
 * at_span_begin_tracked() tracks as a region does, at a region's price: `usage` then holds the
 * span's exact peak, live bytes and leaks, and the report their extremes. Where a region cannot be
 * had (see at_region_begin) its status is returned and no span begins.
 */
AT_API struct at_span at_span_begin_thread(struct at_operation *operation);
AT_API struct at_span at_span_begin_process(struct at_operation *operation);
AT_API enum at_status at_span_begin_tracked(struct at_operation *operation, enum at_scope scope,
                                            struct at_span *span);

/* How often the work was done in this span: 1 unless set, before or after the work. 0 says that no
   work was done: the span's totals count, its rate does not exist. */
AT_API void at_span_set_iterations(struct at_span *span, uint64_t iterations);

/* Ends the span and records it. Ending twice does nothing. */
AT_API void at_span_end(struct at_span *span);

/* Ends the span and records nothing. */
AT_API void at_span_discard(struct at_span *span);

/*
 * The block forms: at_measure_thread(operation) { ... }, or with a number of iterations as a second
 * argument. Recorded however the block is left (its end, break, return, goto), but discarded when a
 * C++ exception or a longjmp leaves it.
 */
#define at_measure_thread(...)                                                                     \
    AT_MEASURE(AT_MEASURE_NAME(__COUNTER__), at_span_begin_thread, __VA_ARGS__, 1, 0)
#define at_measure_process(...)                                                                    \
    AT_MEASURE(AT_MEASURE_NAME(__COUNTER__), at_span_begin_process, __VA_ARGS__, 1, 0)

/* What the block forms are made of: not for direct use. */
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
