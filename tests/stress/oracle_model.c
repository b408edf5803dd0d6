/* SPDX-License-Identifier: MIT */
/* See oracle_model.h. */
#define _GNU_SOURCE
#include "oracle_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct model model;

void *model_pages(size_t bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED)
        abort();
    return pages;
}

void model_fail(const struct worker *worker, const char *what, uint64_t expected, uint64_t seen)
{
    dprintf(2,
            "oracle: seed %llu, round %u, %u threads, thread %u, step %llu: %s: expected %lld, "
            "seen %lld\n",
            (unsigned long long) model.seed, model.round, model.n_threads, worker->id,
            (unsigned long long) worker->step, what, (long long) expected, (long long) seen);
    _exit(1);
}

void model_equal(const struct worker *worker, const char *what, uint64_t expected, uint64_t seen)
{
    if (expected != seen)
        model_fail(worker, what, expected, seen);
}

static struct part *part_of(struct watch *watch, unsigned thread)
{
    struct part *part = &watch->parts[thread];
    if (part->epoch != watch->epoch) {
        *part = (struct part){ .epoch = watch->epoch };
    }
    return part;
}

static struct site_metrics *site_of(struct part *part, unsigned site)
{
    struct site_metrics *metrics = &part->sites[site];
    if (metrics->epoch != part->epoch)
        *metrics = (struct site_metrics){ .epoch = part->epoch, .least = UINT64_MAX };
    return metrics;
}

/* Loop over the open regions that count the events of this worker. */
#define EACH_WATCH(Worker, Watch)                                                                  \
    for (unsigned i_ = 0; i_ < 2 * MAX_OPEN; i_++)                                                 \
        for (struct watch *Watch = i_ < MAX_OPEN ? &model.watches[i_]                              \
                                                 : &(Worker)->watches[i_ - MAX_OPEN];              \
             Watch && Watch->open; Watch = NULL)

void model_alloc(struct worker *worker, unsigned site, size_t size, bool is_realloc)
{
    worker->total.allocs++;
    worker->total.bytes += size;
    worker->total.reallocs += is_realloc;
    bool runtime_owned = site / (N_PATHS * N_DEPTHS) == EXCEPTION;
    EACH_WATCH(worker, watch)
    {
        struct part *part = part_of(watch, worker->id);
        struct site_metrics *metrics = site_of(part, site);
        part->counters.allocs++;
        part->counters.bytes += size;
        part->counters.reallocs += is_realloc;
        metrics->count++;
        metrics->bytes += size;
        metrics->least = size < metrics->least ? size : metrics->least;
        metrics->most = size > metrics->most ? size : metrics->most;
        part->net += (int64_t) size;
        part->high = part->net > part->high ? part->net : part->high;
        if (runtime_owned)
            continue;
        part->leaks++;
        part->leaked_bytes += (int64_t) size;
        metrics->leaks++;
        metrics->leaked_bytes += (int64_t) size;
    }
}

/* Does the library have a record of this block? 1: yes, 0: no, -1: it depends on other threads. */
static int is_known(const struct worker *worker, const struct block *block)
{
    if (model.tracking_since != NEVER)
        return block->birth >= model.tracking_since;
    if (block->owner == worker->id && block->birth >= worker->tracking_since)
        return 1;
    return model.n_threads == 1 ? 0 : -1;
}

static void end_in(struct watch *watch, struct part *part, const struct block *block, int known,
                   bool sees)
{
    bool inside = block->birth >= watch->start
                  && (watch->scope == AT_PROCESS || block->owner == watch->thread);
    if (known != 1 && !inside) {
        part->unknown += sees && known == 0;
        part->maybe += sees && known == -1;
        return;
    }
    if (inside) {
        struct site_metrics *metrics = site_of(part, block->site);
        part->leaks--;
        part->leaked_bytes -= (int64_t) block->size;
        metrics->leaks--;
        metrics->leaked_bytes -= (int64_t) block->size;
    }
    if (inside || sees)
        part->net -= (int64_t) block->size;
    part->low = part->net < part->low ? part->net : part->low;
}

void model_end_block(struct worker *worker, const struct block *block)
{
    int known = is_known(worker, block);
    EACH_WATCH(worker, watch)
    end_in(watch, part_of(watch, worker->id), block, known, true);
    if (block->owner == worker->id)
        return;
    struct worker *owner = &model.workers[block->owner];
    for (unsigned i = 0; i < MAX_OPEN; i++)
        if (owner->watches[i].open && block->birth >= owner->watches[i].start)
            end_in(&owner->watches[i], part_of(&owner->watches[i], worker->id), block, known,
                   false);
}

void model_free(struct worker *worker)
{
    worker->total.frees++;
    EACH_WATCH(worker, watch)
    part_of(watch, worker->id)->counters.frees++;
}

void model_failed(struct worker *worker)
{
    worker->total.failed++;
    EACH_WATCH(worker, watch)
    part_of(watch, worker->id)->counters.failed++;
}

void model_exception(struct worker *worker, unsigned path, unsigned depth)
{
    model_alloc(worker, calls_site(EXCEPTION, path, depth), EXCEPTION_BYTES, false);
    model_free(worker);
    EACH_WATCH(worker, watch)
    part_of(watch, worker->id)->net -= EXCEPTION_BYTES;
}

static void publish(struct at_counters *to, const struct at_counters *change)
{
    /* Full barriers: a thread that reads a smaller value runs before the call itself. */
    __atomic_fetch_add(&to->allocs, change->allocs, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&to->reallocs, change->reallocs, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&to->frees, change->frees, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&to->bytes, change->bytes, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&to->failed, change->failed, __ATOMIC_SEQ_CST);
}

void model_starts(struct worker *worker, struct at_counters change)
{
    publish(&worker->started, &change);
}

void model_finishes(struct worker *worker, struct at_counters change)
{
    publish(&worker->finished, &change);
}

void model_open(struct watch *watch, enum at_scope scope, unsigned thread)
{
    if (at_region_begin(scope, &watch->region) != AT_OK)
        abort();
    if (!watch->parts)
        watch->parts = model_pages(MAX_THREADS * sizeof *watch->parts);
    watch->scope = scope;
    watch->thread = thread;
    watch->start = watch->epoch = __atomic_add_fetch(&model.clock, 1, __ATOMIC_SEQ_CST);
    watch->live = watch->least_peak = watch->most_peak = 0;
    watch->open = true;
    __atomic_fetch_add(&model.n_regions, 1, __ATOMIC_RELAXED);
}

void model_fold(struct watch *watch)
{
    int64_t net = 0, high = 0, low = 0, least = INT64_MIN;
    for (unsigned i = 0; i < MAX_THREADS; i++) {
        struct part *part = &watch->parts[i];
        if (part->epoch != watch->epoch)
            continue;
        net += part->net;
        high += part->high;
        low += part->low;
    }
    for (unsigned i = 0; i < MAX_THREADS; i++) {
        struct part *part = &watch->parts[i];
        if (part->epoch != watch->epoch)
            continue;
        int64_t with_others_low = part->high + low - part->low;
        least = with_others_low > least ? with_others_low : least;
        part->net = part->high = part->low = 0;
    }
    if (watch->live + high > watch->most_peak)
        watch->most_peak = watch->live + high;
    if (least != INT64_MIN && watch->live + least > watch->least_peak)
        watch->least_peak = watch->live + least;
    watch->live += net;
    if (watch->live > watch->least_peak)
        watch->least_peak = watch->live;
}
