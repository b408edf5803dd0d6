/* SPDX-License-Identifier: MIT */
/*
 * See probe_apart.h. Several sizes are tried, in two rounds with a release between them: a pool may
 * call malloc for large blocks only, or once for many blocks. In a copy of the process more sizes
 * are tried, since a pool may be for one size of node, and a function may map large blocks itself.
 *
 * A program may have an allocation function without the matching release function. A release that
 * crashes does no harm: the next way is tried in another copy of the process.
 */
#define _GNU_SOURCE
#include "interpose/probe_apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpose/handler.h"
#include "track/thread.h"

typedef void *allocate(size_t size, uintptr_t second, const void *third);
typedef void release(void *block, size_t alignment);

enum { ALIGNMENT = 64, SECONDS = 2, MAX_DESCRIPTORS = 1024 };

enum { N_REACHES = AT_REACHES_SOMETIMES + 1 };

/* The first N_SIZES_HERE are always tried, the others in a copy of the process only. */
static const size_t sizes[] = { 1,     24,    24,     300,    300,    5000,    8,      16,
                                32,    40,    48,     56,     64,     72,      80,     88,
                                96,    104,   112,    120,    128,    136,     144,    152,
                                160,   168,   176,    184,    192,    200,     208,    216,
                                224,   232,   240,    248,    256,    384,     512,    768,
                                1024,  1500,  2048,   3000,   4096,   8192,    16384,  32768,
                                65536, 70000, 131072, 262144, 524288, 1048576, 2097153 };
enum { N_SIZES_HERE = 6, N_SIZES = sizeof sizes / sizeof sizes[0] };

struct attempt {
    const struct at_way *way;
    size_t size;
    void *block; /* the allocated block */
    bool reached;
};

/* The state of the copy of the process, in memory that both share. */
struct progress {
    size_t way;
    bool releasing;
    enum at_reach reach; /* of the way, if the copy is releasing */
};

static const char nothrow; /* std::nothrow, of which only the address matters */

static void call_get(void *arg)
{
    struct attempt *attempt = arg;
    bool aligned = attempt->way->form & AT_FORM_ALIGNED;
    attempt->block = ((allocate *) attempt->way->get)(
        attempt->size, aligned ? ALIGNMENT : (uintptr_t) &nothrow, &nothrow);
}

static void call_put(void *arg)
{
    const struct attempt *attempt = arg;
    ((release *) attempt->way->put)(attempt->block, ALIGNMENT);
}

/* Return true if the attempt called malloc, also if malloc had no memory for a large block. */
static bool reaches(struct attempt *attempt)
{
    struct at_counters before = at_thread_get()->counters;
    bool returned = at_catch(call_get, attempt);
    const struct at_counters *after = &at_thread_get()->counters;
    if (returned && attempt->block)
        return after->allocs != before.allocs;
    return after->failed != before.failed || attempt->way->form >= AT_FORM_MEMBER;
}

static enum at_reach reach_of(size_t n_reached, size_t n)
{
    if (n_reached == n)
        return AT_REACHES_ALWAYS;
    return n_reached ? AT_REACHES_SOMETIMES : AT_REACHES_NEVER;
}

/* Try one way. A block that is not from malloc is not released, because its release might crash. */
static enum at_reach try_way(const struct at_way *way, size_t n_sizes, struct progress *progress)
{
    size_t n_reached = 0;
    for (size_t round = 0; round < 2; round++) {
        struct attempt attempts[N_SIZES];
        progress->releasing = false;
        for (size_t i = 0; i < n_sizes; i++) {
            attempts[i] = (struct attempt){ .way = way, .size = sizes[i] };
            attempts[i].reached = reaches(&attempts[i]);
            n_reached += attempts[i].reached;
        }
        progress->reach = reach_of(n_reached, (round + 1) * n_sizes);
        progress->releasing = true;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        for (size_t i = 0; i < n_sizes; i++)
            if (attempts[i].block && attempts[i].reached && way->put)
                at_catch(call_put, &attempts[i]);
    }
    return progress->reach;
}

/* Try the ways from progress->way on. Return the first failure as an exit status, or 0. */
static int try_all(const struct at_way *ways, size_t n, size_t n_sizes, struct progress *progress)
{
    for (size_t i = progress->way; i < n; i++) {
        progress->way = i;
        enum at_reach reach = try_way(&ways[i], n_sizes, progress);
        if (reach != AT_REACHES_ALWAYS)
            return (int) i * N_REACHES + (int) reach;
    }
    return AT_REACHES_ALWAYS;
}

/* Redirect all descriptors to /dev/null: the program's functions must not write to its files. */
static void silence(void)
{
    long null = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
    for (long fd = 0; fd < MAX_DESCRIPTORS; fd++) {
        bool open = fd < 3 || syscall(SYS_fcntl, fd, F_GETFD) >= 0;
        if (open && fd != null && (null < 0 || syscall(SYS_dup3, null, fd, 0) < 0))
            syscall(SYS_close, fd);
    }
}

/* Run in the copy of the process. The program's functions may crash there, or not return. */
static __attribute__((noreturn)) void work_apart(const struct at_way *ways, size_t n,
                                                 struct progress *progress)
{
    at_thread_get()->state = 0;
    silence();
    struct rlimit no_core = { 0 };
    struct itimerval limit = { .it_value.tv_sec = SECONDS };
    struct {
        void *handler;
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } action = { 0 };
    uint64_t blocked = 0;
    syscall(SYS_prlimit64, 0, RLIMIT_CORE, &no_core, NULL);
    for (int signal = 1; signal < 32; signal++)
        syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, NULL, sizeof blocked);
    syscall(SYS_setitimer, ITIMER_REAL, &limit, NULL);
    int status = try_all(ways, n, N_SIZES, progress);
    for (;;)
        syscall(SYS_exit_group, status);
}

static int try_here(const struct at_way *ways, size_t n)
{
    struct progress progress = { 0 };
    return try_all(ways, n, N_SIZES_HERE, &progress);
}

/* As try_all(), in a copy of the process. Negative if there is no result. */
static int try_apart(const struct at_way *ways, size_t n, struct progress *progress)
{
    for (;;) {
        long child = syscall(SYS_clone, 0, 0, 0, 0, 0); /* no signal when it ends */
        if (child == 0)
            work_apart(ways, n, progress);
        if (child < 0)
            return try_here(ways, n);
        int status;
        while (syscall(SYS_wait4, child, &status, __WALL, NULL) < 0)
            if (errno != EINTR)
                return -1;
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        if (!progress->releasing || WTERMSIG(status) == SIGALRM)
            return -1;
        if (progress->reach != AT_REACHES_ALWAYS)
            return (int) progress->way * N_REACHES + (int) progress->reach;
        progress->releasing = false;
        progress->way++;
    }
}

struct at_trial at_try(const struct at_way *ways, size_t n)
{
    bool foreign = false;
    for (size_t i = 0; i < n; i++)
        foreign |= ways[i].foreign;
    struct progress *shared = MAP_FAILED;
    if (foreign)
        shared =
            mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct progress unshared = { 0 };
    struct progress *progress = shared == MAP_FAILED ? &unshared : shared;
    int status = foreign ? try_apart(ways, n, progress) : try_here(ways, n);
    struct at_trial trial = { .reach = AT_REACH_UNKNOWN, .way = progress->way };
    if (status >= 0)
        trial = (struct at_trial){
            .reach = (enum at_reach)(status % N_REACHES),
            .way = (size_t) status / N_REACHES,
        };
    if (shared != MAP_FAILED)
        munmap(shared, sizeof *shared);
    return trial;
}
