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
    bool finished; /* the block reached its end, or was left by a jump or an exception */
    bool asserted; /* an assertion in the block failed */
    bool induced;  /* `site` is the call site of the failed allocation */
    bool threads;  /* the block started threads */
    bool differs;  /* a repeated run left a different number of memory blocks */
    enum at_observed observed;
    char unobserved[256]; /* the reason, unless everything was observed */
    uint64_t n_left;      /* memory blocks that were not freed */
    struct at_failure failure;
    struct criterion_alloc_site_copy site;
    struct at_stack crash; /* stack of the crash; n_frames is 0 if there was none */
    uint64_t n_leaks; /* memory blocks that are leaks: those left, without runtime-owned ones */
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
 * Fork a child process for the run in which allocation `nth` fails, or no allocation if `nth` is 0,
 * and wait until the child has ended. Return the id of the child, and store its wait status in
 * `*status`. Return 0 in the child, which is ready to run the block. Return -1, with errno set, if
 * a system call fails.
 *
 * A run that leaves memory blocks is repeated with stacks, to find the call sites of the blocks.
 * The first time it runs without stacks, because the capture of stacks takes most of a run's time.
 */
pid_t criterion_alloc_run_fork(struct cri_alloc_sweep *sweep, uint64_t nth, int output,
                               int *status);

/* Stop measuring the run, in the child process. Later events are not part of the run. */
void criterion_alloc_run_stop(struct cri_alloc_sweep *sweep);

/* Store the result of the run in the shared memory and end the child process. */
void criterion_alloc_run_finish(struct cri_alloc_sweep *sweep) __attribute__((noreturn));

/* Return the time limit of a run, in seconds. */
unsigned criterion_alloc_run_timeout(const struct cri_alloc_sweep *sweep);

#endif
