/* SPDX-License-Identifier: MIT */
/* Blocks that start threads in a sweep. See sweep.h. */
#include "sweep.h"

static void *allocate(void *arg)
{
    free(malloc(8));
    return arg;
}

static void start_threads(int n)
{
    pthread_t threads[3];
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, allocate, NULL) != 0)
            n = i;
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

/* Another thread's allocations are neither counted nor failed. */
Test(sweep, pass_thread)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        start_threads(1);
    }
}

/* A child can reuse the stacks of Criterion's threads. The test itself cannot. */
Test(sweep, pass_first_thread)
{
    cr_alloc_failure_sweep()
    {
        start_threads(1);
    }
}

Test(sweep, pass_first_threads)
{
    cr_alloc_failure_sweep(.persistent = true)
    {
        entry_free(entry_new("name", "value"));
        start_threads(3);
    }
}

/* pthread_create() may fail, although libc has stacks of threads that exited. */
Test(sweep, fail_first_thread)
{
    cr_alloc_failure_sweep()
    {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, allocate, NULL); /* HERE thread */
        cr_assert_eq(error, 0, "there is always a thread");
        pthread_join(thread, NULL);
    }
}
