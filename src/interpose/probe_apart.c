/* SPDX-License-Identifier: MIT */
/*
 * See probe_apart.h. Several sizes are tried, each twice and once more after its release, since a
 * pool may call malloc for large blocks only, or once for many.
 */
#define _GNU_SOURCE
#include "interpose/probe_apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpose/handler.h"
#include "track/thread.h"

typedef void *allocate(size_t size, uintptr_t second, const void *third);
typedef void release(void *block, size_t alignment);

enum { ALIGNMENT = 64, SECONDS = 2 };

enum { N_ANSWERS = AT_REACHES_SOMETIMES + 1 };

static const size_t sizes[] = { 1, 24, 24, 300, 300, 5000 };
enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

struct attempt {
    const struct at_way *way;
    size_t size;
    void *block; /* to be released, or as it was handed out */
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

static bool reaches(struct attempt *attempt)
{
    uint64_t before = at_thread_get()->counters.allocs;
    return at_catch(call_get, attempt) && attempt->block
           && at_thread_get()->counters.allocs != before;
}

static enum at_reach try_way(const struct at_way *way)
{
    unsigned n_reached = 0;
    for (int round = 0; round < 2; round++) {
        struct attempt attempts[N_SIZES];
        for (size_t i = 0; i < N_SIZES; i++) {
            attempts[i] = (struct attempt){ .way = way, .size = sizes[i] };
            n_reached += reaches(&attempts[i]);
        }
        for (size_t i = 0; i < N_SIZES; i++)
            if (attempts[i].block && way->put)
                at_catch(call_put, &attempts[i]);
    }
    if (n_reached == 2 * N_SIZES)
        return AT_REACHES_ALWAYS;
    return n_reached ? AT_REACHES_SOMETIMES : AT_REACHES_NEVER;
}

/* The trial's outcome as an exit status. */
static int try_all(const struct at_way *ways, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum at_reach reach = try_way(&ways[i]);
        if (reach != AT_REACHES_ALWAYS)
            return (int) i * N_ANSWERS + (int) reach;
    }
    return AT_REACHES_ALWAYS;
}

/* What the program's functions print is not for its streams; if they crash or wait, it is no
   matter. */
static __attribute__((noreturn)) void work_apart(const struct at_way *ways, size_t n)
{
    at_thread_get()->state = 0;
    long null = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        if (null < 0 || syscall(SYS_dup3, null, fd, 0) < 0)
            syscall(SYS_close, fd);
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
    int answer = try_all(ways, n);
    for (;;)
        syscall(SYS_exit_group, answer);
}

/* As try_all(); negative if it could not be told. */
static int try_apart(const struct at_way *ways, size_t n)
{
    long child = syscall(SYS_clone, 0, 0, 0, 0, 0); /* no signal when it ends */
    if (child == 0)
        work_apart(ways, n);
    if (child < 0)
        return try_all(ways, n);
    int status;
    while (syscall(SYS_wait4, child, &status, __WALL, NULL) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct at_trial at_try(const struct at_way *ways, size_t n)
{
    bool foreign = false;
    for (size_t i = 0; i < n; i++)
        foreign |= ways[i].foreign;
    int answer = foreign ? try_apart(ways, n) : try_all(ways, n);
    if (answer < 0)
        return (struct at_trial){ .reach = AT_REACH_UNKNOWN };
    return (struct at_trial){
        .reach = (enum at_reach)(answer % N_ANSWERS),
        .way = (size_t) answer / N_ANSWERS,
    };
}
