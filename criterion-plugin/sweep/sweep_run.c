/* SPDX-License-Identifier: MIT */
/*
 * See sweep.h. A child process is a copy of the test at the beginning of the block. So every run
 * starts from the same state, and no run is affected by another. The child writes its output to a
 * file, from which the message shows the beginning.
 */
#define _GNU_SOURCE
#include "sweep/sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "attribution/module.h"
#include "guard/failure.h"
#include "sweep/sweep_threads.h"
#include "track/region.h"
#include "track/thread.h"
#include "worker/worker.h"

enum { DEFAULT_TIMEOUT = 10, HANDLER_STACK = 256 << 10 };

static struct cri_alloc_run *child_run; /* in a child process: its run */
static uint64_t n_threads_before;       /* in a child process: threads started before the block */

bool criterion_alloc_run_new(struct cri_alloc_run **run, int *output)
{
    void *memory =
        mmap(NULL, sizeof **run, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    *output = memfd_create("alloc_tracker output", MFD_CLOEXEC);
    if (*output < 0) {
        munmap(memory, sizeof **run);
        return false;
    }
    *run = memory;
    return true;
}

void criterion_alloc_run_free(struct cri_alloc_run *run, int output)
{
    munmap(run, sizeof *run);
    close(output);
}

unsigned criterion_alloc_run_timeout(const struct cri_alloc_sweep *sweep)
{
    return sweep->options.timeout ? sweep->options.timeout : DEFAULT_TIMEOUT;
}

/* Called when an assertion fails in the run. */
static void on_failure(void)
{
    child_run->asserted = true;
}

static uintptr_t program_counter(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t) context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return context->uc_mcontext.pc;
#else
    (void) context;
    return 0;
#endif
}

/* Return the index of the first frame of the user's code, starting at `first`. If the allocator
   crashed, for example in free() of an invalid block, the frames of libc and of this library's
   function come first. */
static size_t skip_allocator(const struct at_stack *stack, size_t first)
{
    struct at_module module;
    if (at_local.inside == 0)
        return first;
    while (first < stack->n_frames && at_module_find(stack->frames[first], &module)
           && module.owner == AT_OWNER_RUNTIME)
        first++;
    return first < stack->n_frames ? first + 1 : first;
}

/* Record the stack of the crash, then end the process with the same signal. */
static void on_crash(int number, siginfo_t *info, void *context)
{
    (void) info;
    struct at_stack stack;
    at_suspend();
    at_stack_capture(&stack, NULL);
    uintptr_t pc = program_counter(context);
    size_t first = 0;
    while (first < stack.n_frames && stack.frames[first] != pc)
        first++;
    first = skip_allocator(&stack, first);
    child_run->crash.end = stack.end;
    child_run->crash.n_frames = stack.n_frames - first;
    memcpy(child_run->crash.frames, stack.frames + first,
           child_run->crash.n_frames * sizeof stack.frames[0]);
    signal(number, SIG_DFL);
    raise(number);
}

/* Install on_crash() for the signals of a crash. A signal that already has a handler, for example
   that of a sanitizer, keeps its handler. */
static void watch_crashes(void)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
    void *memory =
        mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) /* without this stack, the location of a stack overflow is unknown */
        sigaltstack(&(stack_t){ .ss_sp = memory, .ss_size = HANDLER_STACK }, NULL);
    struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    action.sa_sigaction = on_crash;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction old;
        if (sigaction(signals[i], NULL, &old) == 0 && !(old.sa_flags & SA_SIGINFO)
            && old.sa_handler == SIG_DFL)
            sigaction(signals[i], &action, NULL);
    }
}

static void copy_site(struct criterion_alloc_site_copy *copy, const struct at_call_site *site)
{
    memcpy(copy->bytes, site, sizeof *site + site->n_frames * sizeof site->frames[0]);
}

/* Record the call site at once: the run may not finish. */
static void on_induced(const struct at_call_site *site)
{
    child_run->induced = site;
    if (site)
        copy_site(&child_run->site, site);
}

static void begin_child(struct cri_alloc_sweep *sweep, uint64_t nth, bool sites, int output)
{
    child_run = sweep->run;
    sweep->in_child = true;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    signal(SIGALRM, SIG_DFL);
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarms, NULL);
    watch_crashes();
    criterion_alloc_child_on_failure(on_failure);
    if (sweep->drops_stacks)
        criterion_alloc_threads_drop_stacks();
    n_threads_before = criterion_alloc_threads_started();
    struct at_region_options options = { .scope = AT_PROCESS, .sites = sites };
    if (at_region_open(&options, &sweep->region) != AT_OK)
        _exit(EXIT_FAILURE); /* the parent reports a run that has not finished */
    alarm(criterion_alloc_run_timeout(sweep));
    at_fail_observe(on_induced);
    if (nth == 0)
        at_fail_after(UINT64_MAX);
    else if (sweep->options.persistent)
        at_fail_from(nth - 1);
    else
        at_fail_after(nth - 1);
}

static void read_output(struct cri_alloc_run *run, int output)
{
    ssize_t n = pread(output, run->output, sizeof run->output - 1, 0);
    run->output[n > 0 ? n : 0] = '\0';
}

static pid_t fork_once(struct cri_alloc_sweep *sweep, uint64_t nth, bool sites, int output,
                       int *status)
{
    memset(sweep->run, 0, sizeof *sweep->run);
    if (ftruncate(output, 0) != 0 || lseek(output, 0, SEEK_SET) != 0)
        return -1;
    fflush(NULL); /* otherwise the child would print the same text again */
    struct sigaction old;
    sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, &old);
    pid_t child = fork();
    if (child == 0) {
        sigaction(SIGCHLD, &old, NULL);
        begin_child(sweep, nth, sites, output);
        return 0;
    }
    pid_t waited = child;
    while (child > 0 && (waited = waitpid(child, status, 0)) < 0 && errno == EINTR)
        continue;
    int error = errno;
    sigaction(SIGCHLD, &old, NULL);
    read_output(sweep->run, output);
    errno = error;
    return waited;
}

pid_t criterion_alloc_run_fork(struct cri_alloc_sweep *sweep, uint64_t nth, int output, int *status)
{
    pid_t child = fork_once(sweep, nth, false, output, status);
    uint64_t n_left = sweep->run->n_left;
    if (child <= 0 || n_left == 0)
        return child;
    child = fork_once(sweep, nth, true, output, status);
    if (child <= 0 || !sweep->run->finished || sweep->run->n_left == n_left)
        return child;
    /* The run with stacks left fewer blocks. Either the others are runtime-owned, which only a
       stack shows, or the two runs differ. A third run, without stacks again, shows which. */
    struct cri_alloc_run seen = *sweep->run;
    int ignored;
    pid_t again = fork_once(sweep, nth, false, output, &ignored);
    if (again <= 0)
        return again;
    seen.differs = sweep->run->n_left != n_left;
    *sweep->run = seen;
    return child;
}

/* Copy the leaks and their call sites from the region to the shared memory. */
static void copy_leaks(struct cri_alloc_run *run, const struct at_region *region)
{
    for (size_t i = 0; i < region->site_stats.n_sites; i++) {
        const struct at_site_stats *entry = &region->site_stats.sites[i];
        if (!entry->leaks)
            continue;
        run->n_leaks += entry->leaks;
        if (run->n_leak_sites < CRITERION_ALLOC_RUN_LEAKS) {
            struct criterion_alloc_run_leak *leak = &run->leaks[run->n_leak_sites];
            copy_site(&leak->site, entry->site);
            leak->count = entry->leaks;
            leak->bytes = entry->leaked_bytes;
        }
        run->n_leak_sites++;
    }
}

void criterion_alloc_run_stop(struct cri_alloc_sweep *sweep)
{
    if (sweep->stopped)
        return;
    sweep->stopped = true;
    sweep->run->failure = at_fail_end();
    if (sweep->region->options.sites)
        at_region_find_leaks(sweep->region);
    at_region_end(sweep->region);
}

void criterion_alloc_run_finish(struct cri_alloc_sweep *sweep)
{
    struct cri_alloc_run *run = sweep->run;
    at_suspend();
    criterion_alloc_run_stop(sweep);
    run->threads = criterion_alloc_threads_started() > n_threads_before;
    run->n_left = sweep->region->usage.leaks;
    copy_leaks(run, sweep->region);
    const char *reason;
    run->observed = at_region_observed(sweep->region, &reason);
    snprintf(run->unobserved, sizeof run->unobserved, "%s", reason ? reason : "");
    fflush(stdout);
    fflush(stderr);
    run->finished = true;
    _exit(EXIT_SUCCESS);
}
