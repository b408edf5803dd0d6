/* SPDX-License-Identifier: MIT */
/*
 * Regions are exact in all circumstances: in children of every kind, in threads that end in every
 * way, on small and alternate stacks, and in handlers that interrupt the tracker.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "regions.h"

static void *volatile sink;

static void expect(struct at_usage usage, uint64_t allocs, uint64_t frees, uint64_t bytes)
{
    cr_expect_eq(usage.allocs, allocs, "%llu allocs", (unsigned long long) usage.allocs);
    cr_expect_eq(usage.frees, frees, "%llu frees", (unsigned long long) usage.frees);
    cr_expect_eq(usage.bytes, bytes, "%llu bytes", (unsigned long long) usage.bytes);
    cr_expect_eq(usage.leaks, allocs - frees - usage.reallocs);
    cr_expect_eq(usage.unknown, 0);
    cr_expect_eq(usage.dropped, 0);
}

static void expect_exit(pid_t pid)
{
    int status = -1;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
}

/* In a thread whose stack libc reuses, so that its creation allocates nothing. */
static void *in_thread(void *(*run)(void *), void *arg)
{
    pthread_t thread;
    void *result = NULL;
    cr_assert_eq(pthread_create(&thread, NULL, run, arg), 0);
    pthread_join(thread, &result);
    return result;
}

static void *do_nothing(void *arg)
{
    return arg;
}

Test(children, fork_counts_for_itself)
{
    struct at_region *region = begin(AT_PROCESS);
    void *block = malloc(10);
    pid_t pid = fork();
    if (pid == 0) {
        sink = malloc(20);
        free(block);
        struct at_usage usage = at_region_usage(region);
        _exit(!(usage.allocs == 2 && usage.bytes == 30 && usage.frees == 1 && usage.live == 20));
    }
    expect_exit(pid);
    free(block);
    expect(end(region), 1, 1, 10);
}

Test(children, vfork_counts_in_its_parent)
{
    struct at_region *region = begin(AT_PROCESS);
    pid_t pid = vfork();
    if (pid == 0) {
        sink = malloc(20);
        execl("/nonexistent", "nonexistent", (char *) NULL);
        _exit(0);
    }
    expect_exit(pid);
    free(sink);
    expect(end(region), 1, 1, 20);
}

Test(children, spawn_and_failed_exec_change_nothing)
{
    static char name[] = "true";
    char *arguments[] = { name, NULL };
    struct at_region *region = begin(AT_PROCESS);
    pid_t pid;
    sink = malloc(10);
    cr_assert_eq(posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environ), 0);
    execl("/nonexistent", "nonexistent", (char *) NULL);
    free(sink);
    expect(end(region), 1, 1, 10);
    expect_exit(pid);
}

static pthread_t main_thread;

static void *outlive(void *region)
{
    pthread_join(main_thread, NULL);
    sink = malloc(30);
    struct at_usage usage = end(region);
    _exit(!(usage.allocs == 2 && usage.bytes == 40 && usage.dropped == 0));
}

Test(threads, one_outlives_main)
{
    in_thread(do_nothing, NULL);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        main_thread = pthread_self();
        in_thread(do_nothing, NULL);
        struct at_region *region = begin(AT_PROCESS);
        sink = malloc(10);
        pthread_create(&thread, NULL, outlive, region);
        syscall(SYS_exit, 0); /* pthread_exit would unwind through Criterion */
    }
    expect_exit(pid);
}

static pthread_key_t key;
static uintptr_t n_rounds;
static enum at_status status_in_last_round;

/* The library's destructor runs first. In the last round it leaves the thread without a block. */
static void allocate_each_round(void *arg)
{
    struct at_region *region = NULL;
    sink = malloc(10);
    free(sink);
    if (++n_rounds < PTHREAD_DESTRUCTOR_ITERATIONS)
        pthread_setspecific(key, arg);
    else if ((status_in_last_round = at_region_begin(AT_THREAD, &region)) == AT_OK)
        at_region_free(region);
}

static void *set_key(void *arg)
{
    free(malloc(10)); /* from here on the thread has a block */
    pthread_setspecific(key, &key);
    return arg;
}

Test(threads, destructors_of_thread_local_values)
{
    pthread_key_create(&key, allocate_each_round);
    in_thread(do_nothing, NULL);
    struct at_region *region = begin(AT_PROCESS);
    struct at_counters before = at_process_counters();
    in_thread(set_key, NULL);
    struct at_counters after = at_process_counters();
    expect(end(region), 5, 5, 50);
    cr_expect_eq(after.allocs - before.allocs, 5);
    cr_expect_eq(after.frees - before.frees, 5);
    cr_expect_eq(status_in_last_round, AT_ERROR_NO_MEMORY, "a thread without counters of its own");
}

static int ends[2];
static pthread_barrier_t barrier;

static void release(void *block)
{
    free(block);
    sink = NULL;
}

static void *block_in_read(void *arg)
{
    char byte;
    pthread_cleanup_push(release, malloc(10));
    pthread_barrier_wait(&barrier);
    cr_expect_eq(read(ends[0], &byte, 1), 0, "it is cancelled");
    pthread_cleanup_pop(1);
    return arg;
}

static void *spin(void *arg)
{
    int before;
    sink = malloc(10);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
    pthread_barrier_wait(&barrier);
    for (;;)
        __asm__ volatile("");
    return arg;
}

static void cancel(void *(*run)(void *) )
{
    pthread_t thread;
    void *result = NULL;
    cr_assert_eq(pthread_create(&thread, NULL, run, NULL), 0);
    pthread_barrier_wait(&barrier);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    cr_expect(result == PTHREAD_CANCELED);
    free(sink); /* a cleanup may not run, because any instruction may be the last */
}

static void check_cancel(void *(*run)(void *) )
{
    pthread_barrier_init(&barrier, NULL, 2);
    cr_assert_eq(pipe(ends), 0);
    cancel(run); /* the first one opens libgcc */
    struct at_region *region = begin(AT_PROCESS);
    cancel(run);
    expect(end(region), 1, 1, 10);
}

Test(threads, deferred_cancellation)
{
    check_cancel(block_in_read);
}

Test(threads, asynchronous_cancellation)
{
    check_cancel(spin);
}

static void *allocate_a_little(void *arg)
{
    char *text = strdup("1234567");
    sink = realloc(text, 20);
    free(sink);
    return arg;
}

static void check_stack(size_t bytes)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    cr_assert_eq(pthread_attr_setstacksize(&attributes, bytes), 0);
    struct at_region *region = NULL;
    for (int i = 0; i < 2; i++) {
        at_region_free(region);
        region = begin(AT_PROCESS);
        cr_assert_eq(pthread_create(&thread, &attributes, allocate_a_little, NULL), 0);
        pthread_join(thread, NULL);
    }
    expect(end(region), 2, 1, 28);
}

Test(stacks, of_20_kilobytes)
{
    check_stack(20 << 10);
}

Test(stacks, as_small_as_there_are)
{
    check_stack((size_t) PTHREAD_STACK_MIN);
}

static void allocate_in_handler(int number)
{
    (void) number;
    sink = malloc(10);
    free(sink);
}

static void check_handler(int flags, size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaltstack(&(stack_t){ .ss_sp = memory, .ss_size = bytes }, NULL);
    sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = allocate_in_handler, .sa_flags = flags },
              NULL);
    struct at_region *region = begin(AT_PROCESS);
    for (int i = 0; i < 5; i++)
        raise(SIGUSR1);
    expect(end(region), 5, 5, 50);
}

Test(handlers, on_the_stack_they_interrupt)
{
    check_handler(0, 16 << 10);
}

Test(handlers, on_an_alternate_stack)
{
    check_handler(SA_ONSTACK, 16 << 10);
}

static volatile uint64_t n_handled;

/* A handler that interrupts malloc must not call malloc, but may call at_note_alloc(). */
static void note_in_handler(int number)
{
    static char pool[1];
    (void) number;
    at_note_alloc(pool, 1);
    at_note_free(pool);
    n_handled++;
}

Test(handlers, that_interrupt_the_tracker, .timeout = 60)
{
    enum { N_LOOPS = 20000 };
    struct itimerval often = { { 0, 100 }, { 0, 100 } }, never = { { 0, 0 }, { 0, 0 } };
    sigaction(SIGALRM, &(struct sigaction){ .sa_handler = note_in_handler }, NULL);
    struct at_region *region = begin(AT_PROCESS);
    setitimer(ITIMER_REAL, &often, NULL);
    for (uint64_t n = 0; n < N_LOOPS || n_handled < 100; n++) {
        if (n >= N_LOOPS)
            n = N_LOOPS - 1; /* until enough handlers have run */
        else
            free(malloc(10));
    }
    setitimer(ITIMER_REAL, &never, NULL);
    struct at_usage usage = end(region);
    uint64_t expected = N_LOOPS + n_handled;
    cr_expect_leq(usage.allocs, expected);
    cr_expect_leq(usage.frees, expected);
    cr_expect_eq(usage.allocs + usage.frees + usage.dropped, 2 * expected, "lost and not said");
}
