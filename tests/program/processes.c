/* SPDX-License-Identifier: MIT */
/*
 * Ways to end a process, each with a known number of allocations: take(N) allocates N blocks of 100
 * bytes. test_processes.py has the other allocations of each way. processes_start.c has the ways to
 * start another process.
 */
#define _GNU_SOURCE
#include "processes.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

char self[4096];

void *take(int n)
{
    void *last = NULL;
    for (int i = 0; i < n; i++)
        last = malloc(100);
    return last;
}

static void take_at_exit(void)
{
    free(take(3));
}

static __attribute__((constructor)) void take_at_start(void)
{
    if (getenv("TAKE_AROUND"))
        free(take(2));
}

static __attribute__((destructor)) void take_at_end(void)
{
    if (getenv("TAKE_AROUND"))
        free(take(4));
}

static int by_exit(void)
{
    atexit(take_at_exit);
    free(take(5));
    exit(7);
}

static int by_return(void)
{
    free(take(5));
    return 0;
}

static int by_underscore_exit(void)
{
    take(5);
    _exit(3);
}

static int by_quick_exit(void)
{
    at_quick_exit(take_at_exit);
    take(5);
    quick_exit(4);
}

static int by_abort(void)
{
    take(5);
    abort();
}

static int by_kill(void)
{
    take(5);
    return raise(SIGKILL);
}

static int by_fault(void)
{
    take(5);
    return *(volatile int *) 16;
}

static pthread_barrier_t barrier;

static void *outlive(void *main_thread)
{
    pthread_join(*(pthread_t *) main_thread, NULL);
    take(5);
    return NULL;
}

/* main() ends before the thread, whose end is the end of the process. */
static int by_last_thread(void)
{
    static pthread_t main_thread;
    pthread_t thread;
    main_thread = pthread_self();
    pthread_create(&thread, NULL, outlive, &main_thread);
    take(2);
    pthread_exit(NULL);
}

static void *allocate_for_ever(void *arg)
{
    (void) arg;
    pthread_barrier_wait(&barrier);
    for (;;)
        free(take(1));
}

/* Other threads are inside allocations when the process ends. */
static int by_exit_among_threads(void)
{
    pthread_t threads[4];
    pthread_barrier_init(&barrier, NULL, 5);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, allocate_for_ever, NULL);
    pthread_barrier_wait(&barrier);
    free(take(1));
    return 0;
}

static void leave(int signal)
{
    (void) signal;
    _exit(5);
}

/* The handler interrupts malloc, free or the library. */
static int by_signal_handler(void)
{
    signal(SIGALRM, leave);
    ualarm(2000, 0);
    for (;;)
        free(take(1));
}

static int by_closing_everything(void)
{
    take(2);
    closefrom(3);
    return chdir("/");
}

static int by_writing_nothing_more(void)
{
    take(2);
    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 });
}

/* Each depth is another call site, with a long stack. */
static int at_depth(int depth)
{
    void *volatile block = malloc(10);
    free(block);
    int below = depth > 1 ? at_depth(depth - 1) : 0;
    __asm__ volatile("" ::: "memory"); /* no tail call */
    return below;
}

static int by_many_sites(void)
{
    return at_depth(1000);
}

static const struct way ways_to_end[] = {
    { "exit", by_exit },
    { "return", by_return },
    { "_exit", by_underscore_exit },
    { "quick_exit", by_quick_exit },
    { "abort", by_abort },
    { "kill", by_kill },
    { "fault", by_fault },
    { "last_thread", by_last_thread },
    { "exit_among_threads", by_exit_among_threads },
    { "signal_handler", by_signal_handler },
    { "closing_everything", by_closing_everything },
    { "writing_nothing_more", by_writing_nothing_more },
    { "many_sites", by_many_sites },
};

static const struct way *find_way(const char *name)
{
    for (size_t i = 0; i < sizeof ways_to_end / sizeof ways_to_end[0]; i++)
        if (strcmp(name, ways_to_end[i].name) == 0)
            return &ways_to_end[i];
    for (size_t i = 0; i < n_ways_to_start; i++)
        if (strcmp(name, ways_to_start[i].name) == 0)
            return &ways_to_start[i];
    return NULL;
}

int main(int argc, char **argv)
{
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    const struct way *way = argc > 1 ? find_way(argv[1]) : NULL;
    return way ? way->run() : 64;
}
