/* SPDX-License-Identifier: MIT */
/*
 * What the runner and its workers share: a memfd that the runner fills before the first test and
 * that each worker opens through the environment variable ALLOC_TRACKER_SHARED_STATE before its
 * test begins. After that no worker opens or writes anything: what it has to tell, it stores in
 * memory.
 *
 * The runner writes one entry a test: a test's .data points into the runner's address space, so
 * only the runner can read it. A worker takes one slot, which holds its usage as it grows, so that
 * the runner can still judge a test that ended by a signal or by _exit().
 */
#ifndef CRITERION_ALLOC_SHARED_STATE_H
#define CRITERION_ALLOC_SHARED_STATE_H

#include "base/area.h"
#include "shared/budget.h"

/* Slots beyond one a test: those in use at once, and of parameters that died without a verdict. */
enum { CRITERION_ALLOC_SPARE_SLOTS = 4096 };

/* What workers are to tell besides their verdicts. */
enum criterion_alloc_wants {
    CRITERION_ALLOC_WANTS_USAGE = 1,
    CRITERION_ALLOC_WANTS_SITES = 2,
};

struct criterion_alloc_entry {
    uint32_t suite; /* offsets of strings in the shared state */
    uint32_t name;
    uint32_t file;
    uint32_t line;
    uint32_t parameter_offset; /* of a parameter's index behind it, see parameters.h; 0: none */
    uint32_t late;             /* atomic: its leaks are judged after its fixtures' fini */
    struct criterion_alloc_budgets budgets; /* test, suite and environment together */
};

struct criterion_alloc_worker_slot {
    uint32_t taken; /* atomic: 1 from a worker's start until it has come to a verdict */
    uint32_t entry;
    uint32_t worker_id; /* of the worker, see record.h */
    int32_t parameter;  /* index, -1 without one */
    uint32_t late;      /* atomic: a limit on its leaks waits for the fixtures' fini */
    uint32_t n_over;    /* atomic: statements in progress that have gone over their budgets */
    uint32_t unseen;    /* atomic: at_unobserved_expected */
    struct at_usage usage[CRITERION_ALLOC_KINDS]; /* of the measured body, so far */
    struct criterion_alloc_budgets budgets;       /* the entry's and cr_set_alloc_budget()'s */
};

struct criterion_alloc_suppression {
    uint32_t text; /* offset of a string in the shared state */
    uint32_t line;
    uint32_t used; /* atomic: it matched in some worker */
};

struct criterion_alloc_shared {
    uint64_t magic;
    uint64_t size;
    uint32_t n_entries;
    uint32_t n_slots;
    uint32_t n_suppressions;
    uint32_t wants;          /* enum criterion_alloc_wants */
    uint32_t ascii;          /* Criterion's files lose other characters */
    uint32_t last_worker_id; /* atomic: each worker takes the next one */
    int32_t fd;              /* the runner's descriptor of the memfd */
    uint64_t areas;          /* behind all of this: where the workers' areas begin, by worker_id; */
    uint64_t area_size;      /* how large each is, */
    uint64_t n_areas;        /* and how many there are */
    uint64_t hashes; /* offsets; of each entry's names, apart: a worker looks for one of many */
    uint64_t entries;
    uint64_t suppressions;
    uint64_t strings;
    uint64_t slots;
};

struct criterion_test_set;
struct criterion_alloc_suppressions;

/* The runner's: NULL with `reason` set where the shared state could not be made. */
struct criterion_alloc_shared *criterion_alloc_shared_new(
    struct criterion_test_set *set, const struct criterion_alloc_budgets *common,
    const struct criterion_alloc_suppressions *suppressions, const char **reason);

/* Called where every suite comes: the linker then keeps the runner's hooks. */
void criterion_alloc_keep_hooks(void);

/* The worker's: the same, with a descriptor that it closes after criterion_alloc_shared_map_area().
 */
struct criterion_alloc_shared *criterion_alloc_shared_open(int *fd, const char **reason);

/* Map the worker's area, in which the worker leaves its messages and records for the runner: see
   messages.h. `area->start` is NULL if there are too many workers or the kernel refuses. Closes
   `fd`.
 */
void criterion_alloc_shared_map_area(const struct criterion_alloc_shared *shared, int fd,
                                     const struct criterion_alloc_worker_slot *slot,
                                     struct at_area *area);

/* The runner's: `size` bytes of the memfd from `where` on, or NULL; to be unmapped. */
const void *criterion_alloc_shared_map(const struct criterion_alloc_shared *shared, uint64_t where,
                                       uint64_t size);
void criterion_alloc_shared_unmap(const void *bytes, uint64_t where, uint64_t size);

struct criterion_alloc_entry *criterion_alloc_shared_entry(struct criterion_alloc_shared *shared,
                                                           uint32_t index);
struct criterion_alloc_worker_slot *
criterion_alloc_shared_slot(struct criterion_alloc_shared *shared, uint32_t index);
struct criterion_alloc_suppression *
criterion_alloc_shared_suppression(struct criterion_alloc_shared *shared, uint32_t index);
const char *criterion_alloc_shared_string(const struct criterion_alloc_shared *shared,
                                          uint32_t offset);

/* The index of a test's entry, or n_entries. */
uint32_t criterion_alloc_shared_find(struct criterion_alloc_shared *shared, const char *suite,
                                     const char *name);

/* Slots from this index on were never taken: a worker takes the first that is free. */
uint32_t criterion_alloc_shared_n_used(struct criterion_alloc_shared *shared);

/* A slot of one's own, or NULL when all are taken; and back, after a verdict. */
struct criterion_alloc_worker_slot *
criterion_alloc_shared_take(struct criterion_alloc_shared *shared, uint32_t entry);
void criterion_alloc_shared_give_back(struct criterion_alloc_worker_slot *slot);

#endif
