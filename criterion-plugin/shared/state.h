/* SPDX-License-Identifier: MIT */
/*
 * The shared state: memory that the test runner shares with the processes of its tests, its
 * workers.
 *
 * The runner fills a memfd before the first test (runner/state_new.h), and each worker maps it
 * before its test begins (worker/state_open.h). After that no worker opens or writes a file.
 *
 * The runner writes one entry for each test, since a test's .data points into the memory of the
 * runner. Each worker takes one worker slot, in which its usage grows while the test runs. So the
 * runner can report a test that ended by a signal or by _exit(). Behind the state each worker has
 * an area, for its messages and its record (shared/record.h).
 */
#ifndef CRITERION_ALLOC_SHARED_STATE_H
#define CRITERION_ALLOC_SHARED_STATE_H

#include "alloc_tracker/criterion.h"
#include "base/area.h"
#include "verdict/limits.h"

#define CRITERION_ALLOC_STATE_VARIABLE "ALLOC_TRACKER_SHARED_STATE"
#define CRITERION_ALLOC_STATE_MAGIC 0x616C6C6F63747231u /* "alloctr1" */

/* The parts of a worker's record that the run needs. */
enum criterion_alloc_wants {
    CRITERION_ALLOC_WANTS_USAGE = 1,
    CRITERION_ALLOC_WANTS_SITES = 2,
};

struct criterion_alloc_entry {
    uint32_t suite; /* offsets of strings in the shared state */
    uint32_t name;
    uint32_t file;
    uint32_t line;
    uint32_t parameter_offset; /* from a parameter to its index (runner/parameters.h); 0: none */
    uint32_t late;             /* atomic: the leaks are checked after the fixtures' fini */
    struct at_limits limits;   /* of the test, the suite and the environment */
};

struct criterion_alloc_worker_slot {
    uint32_t taken;           /* atomic: 1 from the worker's start until its verdict is known */
    uint32_t entry;           /* index of the test's entry */
    uint32_t worker_id;       /* from 1; 0 in a slot that no worker has taken so far */
    int32_t parameter;        /* index of the parameter, or -1 for a test without parameters */
    uint32_t is_id_sent;      /* atomic: Criterion's statistics have the worker id */
    uint32_t are_leaks_final; /* atomic: the body ended, and the fixtures' fini after it */
    uint32_t late;            /* atomic: a limit on leaks is checked after the fixtures' fini */
    uint32_t n_over;          /* atomic: number of unfinished statements over their budgets */
    uint32_t unseen;          /* atomic: at_unobserved_expected */
    struct at_usage usage[2]; /* of the measured body so far, by enum at_scope */
    struct at_limits limits;  /* of the entry, and of cr_set_alloc_budget() */
};

struct criterion_alloc_suppression {
    uint32_t text; /* offset of a string in the shared state */
    uint32_t line;
    uint32_t used; /* atomic: 1 if the suppression matched in any worker */
};

struct criterion_alloc_shared {
    uint64_t magic;
    uint64_t size; /* bytes of the state, without the areas */
    uint32_t n_entries;
    uint32_t n_worker_slots;
    uint32_t n_suppressions;
    uint32_t off;            /* 1 if nothing is measured, and no limit checked */
    uint32_t wants;          /* set of enum criterion_alloc_wants */
    uint32_t ascii;          /* 1 if messages must be ASCII: Criterion damages other characters */
    uint32_t last_worker_id; /* atomic: the highest worker id so far */
    int32_t fd;              /* the runner's descriptor of the memfd */
    uint64_t areas;          /* offset of the first worker's area */
    uint64_t area_size;      /* bytes of each area */
    uint64_t n_areas;        /* number of areas */
    uint64_t hashes;         /* offset of the hashes of the entries' names, for a fast search */
    uint64_t entries;        /* offsets of the other tables */
    uint64_t suppressions;
    uint64_t strings;
    uint64_t worker_slots;
};

/* Return the item with this index. `index` must be less than the number of items. */
struct criterion_alloc_entry *criterion_alloc_shared_entry(struct criterion_alloc_shared *shared,
                                                           uint32_t index);
struct criterion_alloc_worker_slot *
criterion_alloc_shared_worker_slot(struct criterion_alloc_shared *shared, uint32_t index);
struct criterion_alloc_suppression *
criterion_alloc_shared_suppression(struct criterion_alloc_shared *shared, uint32_t index);

/* Return the string at this offset of the strings. */
const char *criterion_alloc_shared_string(const struct criterion_alloc_shared *shared,
                                          uint32_t offset);

/* Return the hashes of the entries' names, in the order of the entries. */
uint32_t *criterion_alloc_shared_hashes(struct criterion_alloc_shared *shared);

/* Return the hash of a test's names. */
uint32_t criterion_alloc_shared_hash(const char *suite, const char *name);

/* Return the index of a test's entry, or n_entries if the test has none. */
uint32_t criterion_alloc_shared_find(struct criterion_alloc_shared *shared, const char *suite,
                                     const char *name);

#endif
