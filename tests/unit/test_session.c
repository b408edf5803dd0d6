/* SPDX-License-Identifier: MIT */
/* session.h: spans of both scopes, nesting, iterations, block forms and how they are left. */
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "track/thread.h"

static __thread void *volatile sink; /* each thread frees its own */
static struct at_session *session;

static void set_up(void)
{
    session = at_session_new();
}

static void tear_down(void)
{
    session = at_session_free(session);
}

TestSuite(session, .init = set_up, .fini = tear_down);

static void work(size_t n, size_t size)
{
    for (volatile size_t i = 0; i < n; i++) {
        sink = malloc(size);
        free(sink);
    }
}

/* The session's only operation with spans, or the one of that name. */
static struct at_operation_totals read(const char *name)
{
    struct at_report *report = NULL;
    struct at_operation_totals found = { 0 };
    cr_assert_eq(at_session_report(session, &report), AT_OK);
    for (size_t i = 0; i < at_report_n_operations(report); i++) {
        struct at_operation_totals operation;
        cr_assert_eq(at_report_operation(report, i, &operation), AT_OK);
        if (strcmp(operation.name, name) == 0)
            found = operation;
    }
    found.name = NULL; /* it went with the report */
    at_report_free(report);
    return found;
}

Test(session, measuring_allocates_nothing)
{
    cr_no_alloc_scope
    {
        struct at_session *own = at_session_new();
        struct at_operation *operation = at_session_operation(own, "operation");
        at_measure_process (operation) {
            at_measure_thread (operation) {
            }
        }
        struct at_report *report = NULL;
        at_session_report(own, &report);
        at_report_free(report);
        at_session_free(own);
    }
}

Test(session, the_same_name_is_the_same_operation)
{
    struct at_operation *one = at_session_operation(session, "one");
    cr_expect_eq(at_session_operation(session, "one"), one);
    cr_expect_neq(at_session_operation(session, "two"), one);
    cr_expect_neq(at_session_operation(session, ""), one);
    cr_expect(at_session_is_empty(session));
    struct at_span span = at_span_begin_thread(one);
    cr_expect(at_session_is_empty(session), "a span in progress is not recorded");
    at_span_end(&span);
    at_span_end(&span);
    cr_expect_not(at_session_is_empty(session));
    cr_expect_eq(read("one").spans, 1);
    cr_expect(at_session_free(NULL) == NULL);
}

Test(session, sessions_are_independent)
{
    struct at_session *other = at_session_new();
    at_measure_thread (at_session_operation(session, "op")) {
    }
    cr_expect(at_session_is_empty(other));
    at_session_free(other);
}

Test(session, spans_nest_inclusively)
{
    struct at_operation *outer = at_session_operation(session, "outer");
    struct at_operation *inner = at_session_operation(session, "inner");
    at_measure_process (outer) {
        work(1, 10);
        at_measure_thread (inner) {
            work(2, 100);
        }
        at_measure_thread (inner) {
            work(3, 1000);
        }
    }
    cr_expect_eq(read("outer").allocs, 6);
    cr_expect_eq(read("outer").bytes, 10 + 200 + 3000);
    cr_expect_eq(read("inner").spans, 2);
    cr_expect_eq(read("inner").allocs, 5);
    cr_expect_eq(read("inner").min_bytes, 200);
    cr_expect_eq(read("inner").max_bytes, 3000);
}

Test(session, a_realloc_counts_its_full_new_size)
{
    sink = malloc(10);
    at_measure_thread (at_session_operation(session, "op")) {
        sink = realloc(sink, 100);
        free(sink);
    }
    cr_expect_eq(read("op").allocs, 1);
    cr_expect_eq(read("op").bytes, 100);
}

Test(session, iterations_before_or_after_the_work)
{
    struct at_operation *operation = at_session_operation(session, "op");
    struct at_span before = at_span_begin_thread(operation);
    at_span_set_iterations(&before, 4);
    work(4, 10);
    at_span_end(&before);
    struct at_span after = at_span_begin_process(operation);
    work(8, 10);
    at_span_set_iterations(&after, 8);
    at_span_end(&after);
    at_measure_thread (operation, 3) {
        work(3, 10);
    }
    struct at_operation_totals found = read("op");
    cr_expect_eq(found.iterations, 15);
    cr_expect_eq(found.allocs, 15);
    cr_expect_eq(found.min_bytes, 10);
    cr_expect_eq(found.max_bytes, 10);
}

Test(session, zero_iterations_have_no_rate)
{
    at_measure_thread (at_session_operation(session, "op"), 0) {
        work(1, 10);
    }
    struct at_report *report = NULL;
    at_session_report(session, &report);
    struct at_statistics statistics;
    cr_assert_eq(at_report_statistics(report, 0, &statistics), AT_OK);
    cr_expect_eq(at_report_statistics(report, 1, &statistics), AT_ERROR_INVALID_ARGUMENT);
    cr_expect_eq(statistics.spans, 0);
    cr_expect(isnan(statistics.bytes.mean) && isnan(statistics.allocs.slope));
    cr_expect_not(statistics.bytes.has_interval);
    at_report_free(report);
    cr_expect_eq(read("op").bytes, 10);
    cr_expect(isnan(read("op").min_bytes));
}

static void return_from_block(struct at_operation *operation)
{
    at_measure_thread (operation) {
        work(1, 8);
        return;
    }
}

Test(session, blocks_record_however_they_are_left)
{
    struct at_operation *operation = at_session_operation(session, "op");
    return_from_block(operation);
    at_measure_thread (operation) {
        work(1, 8);
        break;
    }
    at_measure_thread (operation) {
        work(1, 8);
        goto out;
    }
out:
    cr_expect_eq(read("op").spans, 3);
    cr_expect_eq(read("op").allocs, 3);
}

static jmp_buf jump;

static void leave_by_longjmp(struct at_operation *operation)
{
    at_measure_thread (operation) {
        work(1, 8);
        longjmp(jump, 1);
    }
}

Test(session, a_longjmp_discards)
{
    struct at_operation *volatile operation = at_session_operation(session, "op");
    if (setjmp(jump) == 0)
        leave_by_longjmp(operation);
    cr_expect(at_session_is_empty(session));
    struct at_span span = at_span_begin_thread(operation);
    at_span_discard(&span);
    at_span_end(&span);
    cr_expect(at_session_is_empty(session));
}

Test(session, tracked_spans_know_peak_and_live)
{
    struct at_operation *operation = at_session_operation(session, "op");
    struct at_span span;
    cr_assert_eq(at_span_begin_tracked(operation, AT_PROCESS, &span), AT_OK);
    void *volatile block = malloc(100);
    work(1, 50);
    at_span_end(&span);
    cr_expect_eq(span.usage.peak, 150);
    cr_expect_eq(span.usage.live, 100);
    cr_expect_eq(span.usage.leaks, 1);
    cr_assert_eq(at_span_begin_tracked(operation, AT_THREAD, &span), AT_OK);
    free(block);
    at_span_end(&span);
    struct at_operation_totals found = read("op");
    cr_expect_eq(found.tracked_spans, 2);
    cr_expect_eq(found.max_peak, 150);
    cr_expect_eq(found.max_live, 100);
    cr_expect_eq(found.min_live, -100);
    cr_expect_eq(found.allocs, 2);
    cr_expect_eq(at_span_begin_tracked(operation, (enum at_scope) 9, &span),
                 AT_ERROR_INVALID_ARGUMENT);
}

enum { N_THREADS = 64, N_BLOCKS = 100 };

static void *measured_thread(void *operation)
{
    at_measure_thread (operation, N_BLOCKS) {
        work(N_BLOCKS, 16);
    }
    return NULL;
}

Test(session, spans_of_64_threads_sum_to_the_truth)
{
    struct at_operation *each = at_session_operation(session, "each");
    struct at_operation *all = at_session_operation(session, "all");
    struct at_operation *mine = at_session_operation(session, "mine");
    pthread_t threads[N_THREADS];
    struct at_counters before = at_process_counters();
    struct at_span process = at_span_begin_process(all);
    struct at_span thread = at_span_begin_thread(mine);
    for (int i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, measured_thread, each);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    at_span_end(&thread);
    at_span_end(&process);
    struct at_counters after = at_process_counters();
    cr_expect_eq(read("each").spans, N_THREADS);
    cr_expect_eq(read("each").iterations, N_THREADS * N_BLOCKS);
    cr_expect_eq(read("each").allocs, N_THREADS * N_BLOCKS);
    cr_expect_eq(read("each").bytes, N_THREADS * N_BLOCKS * 16);
    cr_expect_eq(read("each").max_bytes, 16);
    cr_expect_eq(read("all").allocs, after.allocs - before.allocs);
    cr_expect_eq(read("all").allocs, read("each").allocs + read("mine").allocs,
                 "what is left is pthread_create's, on this thread");
}

enum { N_OPERATIONS = 6, N_SPANS = 4000 };

static struct at_operation *operations[N_OPERATIONS];
static int n_finished; /* atomic */

static void *alternating_thread(void *arg)
{
    for (int i = 0; i < N_SPANS; i++)
        for (int j = 0; j < N_OPERATIONS; j++) {
            at_measure_thread (operations[j], (uint64_t) i) {
                work((size_t) j, (size_t) i);
            }
        }
    __atomic_fetch_add(&n_finished, 1, __ATOMIC_SEQ_CST);
    return arg;
}

/* What threads have put aside is in a report that is made meanwhile, once, and afterwards. */
Test(session, spans_that_alternate_between_operations_are_all_there_once)
{
    enum { N = 8 };
    for (int j = 0; j < N_OPERATIONS; j++)
        operations[j] = at_session_operation(session, (char[]){ (char) ('a' + j), 0 });
    pthread_t threads[N];
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, alternating_thread, NULL);
    for (uint64_t seen = 0; __atomic_load_n(&n_finished, __ATOMIC_SEQ_CST) < N;) {
        struct at_operation_totals found = read("f");
        cr_assert_geq(found.spans, seen);
        cr_assert_eq(found.allocs, found.spans * (N_OPERATIONS - 1));
        seen = found.spans;
        sched_yield();
    }
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    for (int j = 0; j < N_OPERATIONS; j++) {
        struct at_operation_totals found = read((char[]){ (char) ('a' + j), 0 });
        cr_expect_eq(found.spans, N * N_SPANS);
        cr_expect_eq(found.iterations, N * N_SPANS * (N_SPANS - 1) / 2);
        cr_expect_eq(found.allocs, N * N_SPANS * (uint64_t) j);
        cr_expect_eq(found.bytes, N * (uint64_t) j * N_SPANS * (N_SPANS - 1) / 2);
    }
}

/* Its pages may be handed out again, at the same address, to another. */
Test(session, an_operation_starts_with_nothing)
{
    for (int i = 0; i < 10; i++) {
        struct at_session *own = at_session_new();
        struct at_operation *operation = at_session_operation(own, "op");
        for (int j = 0; j <= i; j++) {
            at_measure_thread (operation) {
                work(1, 8);
            }
        }
        struct at_report *report = NULL;
        cr_assert_eq(at_session_report(own, &report), AT_OK);
        struct at_operation_totals found;
        cr_assert_eq(at_report_operation(report, 0, &found), AT_OK);
        cr_expect_eq(found.spans, (uint64_t) i + 1);
        at_report_free(report);
        at_session_free(own);
    }
}

static const struct at_thread *counter_blocks[36];
static size_t n_counter_blocks;

/* Allocate, and record which block of counters this thread uses. */
static void *short_thread(void *arg)
{
    work(1, 8);
    size_t i = 0;
    while (i < n_counter_blocks && counter_blocks[i] != at_self)
        i++;
    if (i == n_counter_blocks && i < sizeof counter_blocks / sizeof counter_blocks[0])
        counter_blocks[n_counter_blocks++] = at_self;
    return arg;
}

/* A new thread uses the block of counters of an exited one. */
Test(session, many_short_threads_leave_nothing_behind, .timeout = 120)
{
    enum { N = 100000 };
    pthread_t thread;
    at_measure_process (at_session_operation(session, "op")) {
        for (int i = 0; i < N; i++) {
            pthread_create(&thread, NULL, short_thread, NULL);
            pthread_join(thread, NULL);
        }
    }
    struct at_operation_totals found = read("op");
    cr_expect_geq(found.allocs, N);
    cr_expect_leq(found.allocs, N + 1, "libc keeps the first thread's descriptor for the rest");
    cr_expect_eq(n_counter_blocks, 1, "a new thread uses the block of the exited one");
}
