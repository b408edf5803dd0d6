/* SPDX-License-Identifier: MIT */
/*
 * One run of an allocation-failure sweep's block: in a child process, which tells by shared memory
 * how far it came.
 */
#ifndef CRITERION_ALLOC_SWEEP_SWEEP_H
#define CRITERION_ALLOC_SWEEP_SWEEP_H

#include <sys/types.h>

#include "alloc_tracker/criterion.h"
#include "attribution/site.h"
#include "track/observed.h"
#include "unwind/capture.h"

enum { CRITERION_ALLOC_RUN_LEAKS = 8, CRITERION_ALLOC_RUN_OUTPUT = 1024 };

/* A call site, copied: the child's table of sites is its own. */
struct criterion_alloc_site_copy {
    _Alignas(struct at_call_site) unsigned char bytes[sizeof(struct at_call_site)
                                                      + AT_STACK_MAX * sizeof(uintptr_t)];
};

struct criterion_alloc_run_leak {
    struct criterion_alloc_site_copy site;
    uint64_t count;
    uint64_t bytes;
};

struct cri_alloc_run {
    bool finished; /* the block came to its end, or was left */
    bool asserted; /* an assertion in it failed */
    bool induced;  /* `site` is where an allocation was made to fail */
    bool threads;  /* the block started some */
    bool differs;  /* it left another number of blocks than the same run before */
    enum at_observed observed;
    char unobserved[256]; /* why not, unless everything was observed */
    uint64_t n_left;      /* blocks that were left allocated */
    struct at_failure failure;
    struct criterion_alloc_site_copy site;
    struct at_stack crash; /* where a signal struck; n_frames is 0 without one */
    uint64_t n_leaks;      /* those of them that nobody will release */
    uint64_t n_leak_sites; /* of which the first are in `leaks` */
    struct criterion_alloc_run_leak leaks[CRITERION_ALLOC_RUN_LEAKS];
    char output[CRITERION_ALLOC_RUN_OUTPUT]; /* the beginning of what it printed */
};

static inline const struct at_call_site *
criterion_alloc_site_of(const struct criterion_alloc_site_copy *copy)
{
    return (const struct at_call_site *) (const void *) copy->bytes;
}

/* Shared memory for a run, and where its output goes; false with errno set. */
bool criterion_alloc_run_new(struct cri_alloc_run **run, int *output);
void criterion_alloc_run_free(struct cri_alloc_run *run, int output);

/*
 * Forks a child for the run in which allocation `nth` fails, 0 for none. Answers in the child 0,
 * with everything set up, in the parent the child's wait status in `*status` and its process id, or
 * -1 with errno set. A run that leaves blocks is made once more to see from where they are: what
 * takes the time in a run is to capture the stack of every allocation.
 */
pid_t criterion_alloc_run_fork(struct cri_alloc_sweep *sweep, uint64_t nth, int output,
                               int *status);

/* Nothing that follows belongs to the run, in the child. */
void criterion_alloc_run_stop(struct cri_alloc_sweep *sweep);

/* The end of the run, in the child. */
void criterion_alloc_run_finish(struct cri_alloc_sweep *sweep) __attribute__((noreturn));

/* Seconds that a run may take. */
unsigned criterion_alloc_run_timeout(const struct cri_alloc_sweep *sweep);

#endif
