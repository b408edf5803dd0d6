/* SPDX-License-Identifier: MIT */
/* See state_open.h. */
#define _GNU_SOURCE
#include "worker/state_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *describe_failure(const char *path, int error)
{
    static char reason[256];
    snprintf(reason, sizeof reason,
             "the test runner's budgets could not be shared with the tests: %s: %s", path,
             strerror(error));
    return reason;
}

struct criterion_alloc_shared *criterion_alloc_shared_open(int *fd, const char **reason)
{
    const char *path = getenv(CRITERION_ALLOC_STATE_VARIABLE);
    *fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    struct criterion_alloc_shared head;
    if (*fd < 0 || pread(*fd, &head, sizeof head, 0) != (ssize_t) sizeof head) {
        *reason = path ? describe_failure(path, errno)
                       : "the test runner did not start alloc_tracker: link the plugin into the "
                         "executable that holds the tests";
        return NULL;
    }
    bool is_state = head.magic == CRITERION_ALLOC_STATE_MAGIC;
    void *shared = MAP_FAILED;
    if (is_state)
        shared = mmap(NULL, head.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, *fd, 0);
    if (shared != MAP_FAILED)
        return shared;
    *reason = describe_failure(path, is_state ? errno : EINVAL);
    return NULL;
}

struct criterion_alloc_worker_slot *
criterion_alloc_worker_slot_take(struct criterion_alloc_shared *shared, uint32_t entry)
{
    for (uint32_t i = 0; i < shared->n_worker_slots; i++) {
        struct criterion_alloc_worker_slot *taken = criterion_alloc_shared_worker_slot(shared, i);
        uint32_t untaken = 0;
        if (!__atomic_compare_exchange_n(&taken->taken, &untaken, 1, 0, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            continue;
        taken->entry = entry;
        taken->n_over = 0;
        taken->worker_id = __atomic_add_fetch(&shared->last_worker_id, 1, __ATOMIC_RELAXED);
        taken->parameter = -1;
        taken->is_id_sent = 0;
        taken->are_leaks_final = 0;
        taken->late = 0;
        memset(taken->usage, 0, sizeof taken->usage);
        taken->limits = criterion_alloc_shared_entry(shared, entry)->limits;
        return taken;
    }
    return NULL;
}

void criterion_alloc_worker_slot_give_back(struct criterion_alloc_worker_slot *worker_slot)
{
    __atomic_store_n(&worker_slot->taken, 0, __ATOMIC_RELEASE);
}

void criterion_alloc_shared_map_area(const struct criterion_alloc_shared *shared, int fd,
                                     const struct criterion_alloc_worker_slot *worker_slot,
                                     struct at_area *area)
{
    if (worker_slot && worker_slot->worker_id <= shared->n_areas)
        at_area_map(area, fd, shared->areas + (worker_slot->worker_id - 1) * shared->area_size,
                    shared->area_size);
    if (fd >= 0)
        close(fd);
}
