/* SPDX-License-Identifier: MIT */
/* Sessions and spans. A session owns its operations. The number of an interned name is the index of
   its operation. */
#include "alloc_tracker/session.h"

#include <string.h>

#include "alloc_tracker/observable.h"
#include "base/exceptions.h"
#include "base/intern.h"
#include "base/lock.h"
#include "base/pages.h"
#include "session/operation.h"
#include "session/report.h"
#include "track/observed.h"

struct at_session {
    struct at_operation *operations;   /* newest first; the lock protects the head */
    struct at_operation_chunk *chunks; /* lock */
    struct at_intern names;            /* lock */
    struct at_text by_name; /* lock: struct at_operation *, by number of the name; NULL if
                               memory ran out */
};

static struct at_lock lock;

struct at_session *at_session_new(void)
{
    at_lock_list(AT_LOCK_SESSION, &lock);
    at_operation_start();
    return at_pages_new(sizeof(struct at_session));
}

struct at_session *at_session_free(struct at_session *session)
{
    if (!session)
        return NULL;
    for (struct at_operation *operation = session->operations, *next; operation; operation = next) {
        next = operation->next;
        at_operation_free(operation);
    }
    at_operation_free_chunks(session->chunks);
    at_intern_free(&session->names);
    at_text_free(&session->by_name);
    at_pages_free(session, sizeof *session);
    return NULL;
}

/* Return the address of the pointer to the operation `name`; NULL if memory ran out. Lock held. */
static struct at_operation **find_operation(struct at_session *session, const char *name)
{
    struct at_operation *none = NULL;
    uint32_t number = at_intern_put(&session->names, name, strlen(name));
    if (number == AT_INTERN_NONE)
        return NULL;
    while (session->by_name.length <= number * sizeof none && !session->by_name.truncated)
        at_text_add(&session->by_name, (const char *) &none, sizeof none);
    if (session->by_name.length <= number * sizeof none)
        return NULL;
    return (struct at_operation **) (void *) session->by_name.data + number;
}

struct at_operation *at_session_operation(struct at_session *session, const char *name)
{
    at_lock_acquire(&lock);
    struct at_operation **operation = find_operation(session, name);
    if (operation && !*operation) {
        *operation = at_operation_new(&session->chunks, name);
        if (*operation) {
            (*operation)->next = session->operations;
            session->operations = *operation;
        }
    }
    struct at_operation *found = operation ? *operation : NULL;
    at_lock_release(&lock);
    return found;
}

/* Return the newest operation. The list grows at its head only, so the caller may follow it without
   the lock. */
static struct at_operation *first_operation(const struct at_session *session)
{
    at_lock_acquire(&lock);
    struct at_operation *operation = session->operations;
    at_lock_release(&lock);
    return operation;
}

bool at_session_is_empty(const struct at_session *session)
{
    for (struct at_operation *operation = first_operation(session); operation;
         operation = operation->next)
        if (at_operation_moments(operation).iterations > 0)
            return false;
    return true;
}

/* All allocations of the operation's spans were observed. */
static bool is_operation_observed(const struct at_operation *operation)
{
    return !__atomic_load_n(&operation->unobserved, __ATOMIC_RELAXED);
}

static bool is_session_observed(const struct at_session *session)
{
    for (struct at_operation *operation = first_operation(session); operation;
         operation = operation->next)
        if (!is_operation_observed(operation))
            return false;
    return true;
}

enum at_status at_session_report(const struct at_session *session, struct at_report **report)
{
    if (!is_session_observed(session))
        return AT_ERROR_UNOBSERVED;
    struct at_report_builder builder = { 0 };
    for (struct at_operation *operation = first_operation(session); operation;
         operation = operation->next) {
        struct at_report_row row = { .name = operation->name,
                                     .moments = at_operation_moments(operation) };
        if (row.moments.spans > 0)
            at_report_builder_add(&builder, &row);
    }
    return at_report_builder_finish(&builder, report);
}

enum at_status at_session_print(const struct at_session *session, FILE *stream)
{
    struct at_report *report;
    enum at_status status = at_session_report(session, &report);
    const char *reason;
    if (status == AT_ERROR_UNOBSERVED && !at_is_observable(&reason))
        fprintf(stream, "not observed: %s\n", reason);
    else if (status == AT_ERROR_UNOBSERVED)
        fprintf(stream, "not observed: some events were dropped\n");
    if (status != AT_OK)
        return status;
    status = at_report_print(report, stream);
    at_report_free(report);
    return status;
}

enum at_status at_operation_format(struct at_operation *operation, char *text, size_t size)
{
    if (!is_operation_observed(operation))
        return AT_ERROR_UNOBSERVED;
    struct at_report_row row = { .moments = at_operation_moments(operation) };
    at_report_row_format(&row, text, size);
    return AT_OK;
}

static struct at_work work_of_scope(enum at_scope scope, const struct at_thread *self)
{
    return scope == AT_THREAD ? at_thread_work(self) : at_process_work();
}

static inline struct at_span begin_span(struct at_operation *operation, enum at_scope scope)
{
    int exceptions = at_exceptions_in_flight();
    struct at_work work = work_of_scope(scope, at_thread_get());
    return (struct at_span){
        .operation = operation,
        .scope = scope,
        .exceptions = exceptions,
        .iterations = 1,
        .start = { .allocs = work.allocs, .bytes = work.bytes },
    };
}

struct at_span at_span_begin_thread(struct at_operation *operation)
{
    return begin_span(operation, AT_THREAD);
}

struct at_span at_span_begin_process(struct at_operation *operation)
{
    return begin_span(operation, AT_PROCESS);
}

enum at_status at_span_begin_tracked(struct at_operation *operation, enum at_scope scope,
                                     struct at_span *span)
{
    struct at_region *region;
    enum at_status status = at_region_begin(scope, &region);
    if (status != AT_OK)
        return status;
    *span = begin_span(operation, scope);
    span->region = region;
    return AT_OK;
}

void at_span_set_iterations(struct at_span *span, uint64_t iterations)
{
    span->iterations = iterations;
}

static bool is_span_observed(struct at_span *span)
{
    if (!span->region)
        return at_is_observable(NULL);
    at_region_end(span->region);
    return at_region_observed(span->region, NULL) == AT_OBSERVED;
}

void at_span_end(struct at_span *span)
{
    struct at_operation *operation = span->operation;
    if (!operation)
        return;
    struct at_thread *self = at_thread_get();
    struct at_work end = work_of_scope(span->scope, self);
    struct at_sample sample = {
        .iterations = span->iterations,
        .bytes = end.bytes - span->start.bytes,
        .allocs = end.allocs - span->start.allocs,
    };
    if (!is_span_observed(span))
        __atomic_store_n(&operation->unobserved, true, __ATOMIC_RELAXED);
    if (span->region) {
        at_span_discard(span);
        at_operation_add(operation, &sample, &span->usage);
        return;
    }
    span->operation = NULL;
    at_operation_record(operation, self, &sample);
}

void at_span_discard(struct at_span *span)
{
    span->operation = NULL;
    if (!span->region)
        return;
    at_region_end(span->region);
    span->usage = at_region_usage(span->region);
    span->region = at_region_free(span->region);
}

/* The condition of the loop that a block form is: true before the block; after it the span ends. */
bool at_span_step(struct at_span *span, uint64_t iterations)
{
    if (span->entered) {
        at_span_end(span);
        return false;
    }
    span->entered = true;
    span->iterations = iterations;
    return true;
}

void at_span_leave(struct at_span *span)
{
    if (at_exceptions_in_flight() > span->exceptions)
        at_span_discard(span);
    else
        at_span_end(span);
}
