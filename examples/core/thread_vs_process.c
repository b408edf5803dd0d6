/* SPDX-License-Identifier: MIT */
/* A thread span counts its own thread. A process span counts all threads, whenever they started. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <alloc_tracker/alloc_tracker.h>

static void *volatile block;

static void *worker(void *arg)
{
    block = malloc(1000);
    free(block);
    return arg;
}

static void work_on_two_threads(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    block = malloc(10);
    free(block);
}

int main(void)
{
    work_on_two_threads(); /* libc caches the thread descriptor, so later threads allocate none */

    struct at_session *session = at_session_new();
    at_measure_process (at_session_operation(session, "process")) {
        at_measure_thread (at_session_operation(session, "thread")) {
            work_on_two_threads();
        }
    }
    at_session_print(session, stdout);
    at_session_free(session);
    return 0;
}
