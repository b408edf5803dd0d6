/* SPDX-License-Identifier: MIT */
/* See operation.h. */
#include "session/operation.h"

#include <string.h>

#include "base/pages.h"

enum { PAGE = 4096 };

enum { N_PER_PAGE = (PAGE - sizeof(void *)) / sizeof(struct at_pending) };

struct at_pending_page {
    struct at_pending_page *next;
    struct at_pending pending[N_PER_PAGE];
};

static uint64_t last_serial; /* atomic */

struct at_operation *at_operation_new(const char *name)
{
    size_t size = sizeof(struct at_operation) + strlen(name) + 1;
    struct at_operation *operation = at_pages_new(size);
    if (!operation)
        return NULL;
    operation->size = size;
    operation->serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
    at_moments_init(&operation->moments);
    strcpy(operation->name, name);
    return operation;
}

void at_operation_free(struct at_operation *operation)
{
    for (struct at_pending_page *page = operation->pages, *next; page; page = next) {
        next = page->next;
        at_pages_free(page, sizeof *page);
    }
    at_pages_free(operation, operation->size);
}

/* The one that the thread has, or one that nobody has yet. Lock held. */
static struct at_pending *claim(struct at_operation *operation, const struct at_thread *self)
{
    struct at_pending *unowned = NULL;
    for (struct at_pending_page *page = operation->pages; page; page = page->next)
        for (size_t i = 0; i < N_PER_PAGE; i++) {
            if (page->pending[i].owner == self)
                return &page->pending[i];
            if (!page->pending[i].owner)
                unowned = &page->pending[i];
        }
    if (!unowned) {
        struct at_pending_page *fresh = at_pages_new(sizeof *fresh);
        if (!fresh)
            return NULL;
        fresh->next = operation->pages;
        operation->pages = fresh;
        unowned = &fresh->pending[0];
    }
    unowned->owner = self;
    return unowned;
}

struct at_pending *at_operation_pending(struct at_operation *operation, struct at_thread *self)
{
    if (at_thread_state(self) & AT_STATE_DEAD)
        return NULL; /* a block that threads share */
    at_lock_acquire(&operation->lock);
    struct at_pending *pending = claim(operation, self);
    at_lock_release(&operation->lock);
    if (pending)
        self->pending[operation->serial % AT_N_KNOWN_PENDING] =
            (struct at_known_pending){ operation->serial, pending };
    return pending;
}

void at_operation_settle(struct at_operation *operation, struct at_pending *pending)
{
    at_lock_acquire(&operation->lock);
    at_moments_add(&operation->moments, pending->samples, pending->n_samples);
    __atomic_store_n(&pending->n_samples, 0, __ATOMIC_RELAXED);
    at_lock_release(&operation->lock);
}

void at_operation_add(struct at_operation *operation, const struct at_sample *sample,
                      const struct at_usage *tracked)
{
    at_lock_acquire(&operation->lock);
    at_moments_add(&operation->moments, sample, 1);
    if (tracked)
        at_moments_add_tracked(&operation->moments, tracked->peak, tracked->live);
    at_lock_release(&operation->lock);
}

struct at_moments at_operation_moments(struct at_operation *operation)
{
    at_lock_acquire(&operation->lock);
    struct at_moments moments = operation->moments;
    for (const struct at_pending_page *page = operation->pages; page; page = page->next)
        for (size_t i = 0; i < N_PER_PAGE; i++)
            at_moments_add(&moments, page->pending[i].samples,
                           __atomic_load_n(&page->pending[i].n_samples, __ATOMIC_ACQUIRE));
    at_lock_release(&operation->lock);
    return moments;
}
