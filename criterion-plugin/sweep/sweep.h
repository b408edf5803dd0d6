/* SPDX-License-Identifier: MIT */
/*
 * One run of the block of an allocation-failure sweep. Each run is a child process, which reports
 * its progress in memory that it shares with the test.
 */
#ifndef CRITERION_ALLOC_SWEEP_SWEEP_H
#define CRITERION_ALLOC_SWEEP_SWEEP_H

#include <sys/types.h>

#include "alloc_tracker/criterion.h"
#include "attribution/site.h"
#include "track/observed.h"
#include "unwind/capture.h"

enum { CRITERION_ALLOC_RUN_LEAKS = 8, CRITERION_ALLOC_RUN_OUTPUT = 1024 };

/* A copy of a call site: the parent cannot read the child's table of call sites. */
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
    bool finished; /* the end of the block was reached, or the block was left */
    bool asserted; /* an assertion in it failed */
    bool induced;  /* `site` is where an allocation was made to fail */
    bool threads;  /* the block started threads */
    bool differs;  /* the number of blocks that it left differs from that of the same run before */
    enum at_observed observed;
    char unobserved[256]; /* the reason, unless everything was observed */
    uint64_t n_left;      /* blocks that were left allocated */
    struct at_failure failure;
    struct criterion_alloc_site_copy site;
    struct at_stack crash; /* where a signal interrupted the run; n_frames is 0 without a signal */
    uint64_t n_leaks;      /* blocks among them that are leaks */
    uint64_t n_leak_sites; /* call sites of leaks; the first ones are in `leaks` */
    struct criterion_alloc_run_leak leaks[CRITERION_ALLOC_RUN_LEAKS];
    char output[CRITERION_ALLOC_RUN_OUTPUT]; /* the beginning of its output */
};

static inline const struct at_call_site *
criterion_alloc_site_of(const struct criterion_alloc_site_copy *copy)
{
    return (const struct at_call_site *) (const void *) copy->bytes;
}

/* Allocate the shared memory of a run, and a file for its output. Return false, with errno set, if
   that fails. Release both with criterion_alloc_run_free(). */
bool criterion_alloc_run_new(struct cri_alloc_run **run, int *output);
void criterion_alloc_run_free(struct cri_alloc_run *run, int output);

/*
 * Fork a child for the run in which allocation `nth` fails, 0 for none, and wait for it. Return the
 * child's process id, with its wait status in `*status`, or -1 with errno set. Return 0 in the
 * child, in which everything is set up for the block. A run that leaves blocks is repeated with
 * stacks, to find their call sites: most of a run's time is for the capture of stacks.
 */
pid_t criterion_alloc_run_fork(struct cri_alloc_sweep *sweep, uint64_t nth, int output,
                               int *status);

/* Stop measuring the run, in the child: no later event belongs to it. */
void criterion_alloc_run_stop(struct cri_alloc_sweep *sweep);

/* Report the end of the run, in the child, and end the process. */
void criterion_alloc_run_finish(struct cri_alloc_sweep *sweep) __attribute__((noreturn));

/* Return the time limit of a run, in seconds. */
unsigned criterion_alloc_run_timeout(const struct cri_alloc_sweep *sweep);

#endif
