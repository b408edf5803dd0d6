/* SPDX-License-Identifier: MIT */
/* Actions that allocate differently if the library is linked or preloaded. Runs the action of the
   first argument N times, where N is the second argument. With LINKED it prints the counters. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef LINKED
#include <alloc_tracker/alloc_tracker.h>
#endif

#ifdef THREAD_LOCAL
static __thread volatile int own;
#endif

static void nothing(void)
{
}

static void *return_from(void *arg)
{
    return arg;
}

static void *exit_from(void *arg)
{
    pthread_exit(arg);
}

static void run_thread(void *(*start)(void *) )
{
    pthread_t thread;
    pthread_create(&thread, NULL, start, NULL);
    pthread_join(thread, NULL);
}

static void act(const char *what, int n)
{
    void *frames[4];
    pthread_key_t key = 0;
    for (int i = 0; i < n; i++) {
        if (strcmp(what, "thread") == 0)
            run_thread(return_from);
        else if (strcmp(what, "pthread_exit") == 0)
            run_thread(exit_from);
        else if (strcmp(what, "key") == 0)
            pthread_key_create(&key, NULL);
        else if (strcmp(what, "atexit") == 0)
            atexit(nothing);
        else if (strcmp(what, "at_quick_exit") == 0)
            at_quick_exit(nothing);
        else if (strcmp(what, "pthread_atfork") == 0)
            pthread_atfork(nothing, nothing, nothing);
        else if (strcmp(what, "backtrace") == 0)
            backtrace(frames, 4);
        else if (strcmp(what, "none") != 0 && !dlopen(what, RTLD_NOW))
            abort();
    }
    if (key)
        pthread_setspecific(key, &key);
}

int main(int argc, char **argv)
{
    int n = argc > 2 ? atoi(argv[2]) : 1;
#ifdef THREAD_LOCAL
    own = n;
#endif
#ifdef LINKED
    struct at_counters before = at_process_counters();
    act(argv[1], n);
    struct at_counters after = at_process_counters();
    printf("%d %d\n", (int) (after.allocs - before.allocs), (int) (after.bytes - before.bytes));
#else
    act(argv[1], n);
#endif
}
