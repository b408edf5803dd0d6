/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "runtime_owned.h"

/* Only in C, because libc++ ends a program whose pthread_exit() runs a cleanup. */
static void clean_up(void *arg)
{
    (void) arg;
    kept = malloc(10);
}

static void *exit_with_cleanup(void *arg)
{
    pthread_cleanup_push(clean_up, NULL);
    pthread_exit(arg);
    pthread_cleanup_pop(0);
    return NULL;
}

Test(runtime, users_cleanup, NO_LEAK)
{
    pthread_t thread;
    pthread_create(&thread, NULL, exit_with_cleanup, NULL);
    pthread_join(thread, NULL);
}

/* Several blocks: the object, until dlclose() releases it. */
Test(runtime, users_library, NO_LEAK)
{
    kept = dlopen(getenv("TLS_LIBRARY"), RTLD_NOW);
}
