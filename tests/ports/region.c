/* SPDX-License-Identifier: MIT */
/*
 * Cases that every port of the core must pass: the exact usage and sites of regions, a jump over a
 * permit, a thread, threads and signals that count at the same time, and the line of a panic.
 * Prints one line for each case.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/alloc_tracker.h>

enum { N_THREADS = 4, N_SIGNALS = 200 };

static void *volatile sink;
static const char *volatile text = "a text";
static jmp_buf env;

static void blocks(void)
{
    sink = malloc(100);
    void *copy = strdup(text);
    free(copy);
    void *block = calloc(3, 7);
    block = realloc(block, 1000);
    free(block);
    if (posix_memalign(&block, 64, 200) == 0)
        free(block);
}

static void *thread_main(void *arg)
{
    free(malloc(33));
    return arg;
}

static void thread(void)
{
    pthread_t other;
    pthread_create(&other, NULL, thread_main, NULL);
    pthread_join(other, NULL);
}

static __attribute__((noinline)) void jump_out_of_permit(void)
{
    struct at_permit permit;
    at_permit_begin(&permit);
    sink = malloc(10);
    longjmp(env, 1);
}

static void jump(void)
{
    if (setjmp(env) == 0)
        jump_out_of_permit();
    sink = malloc(20);
}

/* The library's own failed dlsym() calls must not leave an error for dlerror(), nor a block. */
static void ask_for_error(void)
{
    if (dlerror())
        puts("there was an error before");
}

static void show(const char *name, void (*call)(void), enum at_scope scope)
{
    struct at_region *region;
    enum at_status status = at_region_begin(scope, &region);
    if (status != AT_OK) {
        const char *reason;
        at_is_observable(&reason);
        printf("%s: %s: %s\n", name, at_status_string(status), reason);
        return;
    }
    call();
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    printf("%s: allocs %" PRIu64 " reallocs %" PRIu64 " frees %" PRIu64 " bytes %" PRIu64
           " peak %" PRId64 " live %" PRId64 " leaks %" PRIu64 " permitted %" PRIu64
           " dropped %" PRIu64 "\n",
           name, usage.allocs, usage.reallocs, usage.frees, usage.bytes, usage.peak, usage.live,
           usage.leaks, usage.permitted, usage.dropped);
    for (size_t i = 0; scope == AT_THREAD && i < at_region_n_sites(region); i++) {
        struct at_site site;
        if (at_region_site(region, i, &site) == AT_OK)
            printf("  %s %" PRIu64 " %" PRIu64 " deep %d\n", site.function, site.count, site.bytes,
                   site.n_frames >= 3);
    }
    at_region_free(region);
}

/* The handler counts too: an increment that it interrupts must not be lost. It does not call
   malloc, which is not async-signal-safe. */
static pthread_barrier_t all_there;
static bool is_over;
static uint64_t n_rounds;
static uint64_t n_signals;

static void on_signal(int number)
{
    (void) number;
    at_note_alloc(&n_signals, 8);
    at_note_free(&n_signals);
    __atomic_fetch_add(&n_signals, 1, __ATOMIC_SEQ_CST);
}

static void *counting_thread(void *arg)
{
    pthread_barrier_wait(&all_there);
    uint64_t n = 0;
    for (; n < N_SIGNALS || !__atomic_load_n(&is_over, __ATOMIC_RELAXED); n++)
        free(malloc(8));
    __atomic_fetch_add(&n_rounds, n, __ATOMIC_SEQ_CST);
    return arg;
}

static void threads(uint64_t signals)
{
    struct at_counters before = at_process_counters();
    pthread_t others[N_THREADS];
    pthread_barrier_init(&all_there, NULL, N_THREADS + 1);
    for (int i = 0; i < N_THREADS; i++)
        pthread_create(&others[i], NULL, counting_thread, NULL);
    pthread_barrier_wait(&all_there);
    for (int i = 0; __atomic_load_n(&n_signals, __ATOMIC_SEQ_CST) < signals; i++) {
        pthread_kill(others[i % N_THREADS], SIGUSR1);
        sched_yield();
    }
    __atomic_store_n(&is_over, true, __ATOMIC_SEQ_CST);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(others[i], NULL);
    struct at_counters after = at_process_counters();
    uint64_t own = n_rounds + n_signals;
    printf("threads: of libc's %" PRIu64 " freed %d\n", after.allocs - before.allocs - own,
           after.frees - before.frees == own);
}

static void go_on(void)
{
}

int main(int argc, char **argv)
{
    (void) argv; /* any argument: without signals */
    setvbuf(stdout, NULL, _IONBF, 0);
    signal(SIGUSR1, on_signal);
    show("blocks", blocks, AT_THREAD);
    show("thread", thread, AT_PROCESS);
    show("jump", jump, AT_THREAD);
    show("dlerror", ask_for_error, AT_PROCESS);
    threads(argc == 1 ? N_SIGNALS : 0);
    at_set_panic_handler(go_on);
    at_panic_on_next_alloc(true);
    sink = malloc(9); /* HERE malloc */
    at_panic_on_next_alloc(true);
    sink = strdup(text); /* HERE strdup */
    return 0;
}
