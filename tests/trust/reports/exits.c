// SPDX-License-Identifier: MIT
/* google/sanitizers #1836: threads start while the process ends. */
#include <pthread.h>
#include <stdlib.h>

static void *run(void *unused)
{
    (void) unused;
    free(malloc(10));
    return NULL;
}

int main(void)
{
    pthread_t threads[256];
    for (int i = 0; i < 256; i++)
        if (pthread_create(&threads[i], NULL, run, NULL) != 0)
            return 1;
    exit(0);
}
