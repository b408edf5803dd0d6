// SPDX-License-Identifier: MIT
/* libbacktrace #20, jemalloc #2025: a stack is read while another thread holds the loader's lock,
 * and a callback of dl_iterate_phdr allocates. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>

static int allocate(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void) info, (void) size, (void) unused;
    free(malloc(10));
    return 0;
}

static void *iterate(void *unused)
{
    for (int i = 0; i < 500; i++)
        dl_iterate_phdr(allocate, NULL);
    return unused;
}

static void *open_and_close(void *path)
{
    for (int i = 0; i < 200; i++)
        dlclose(dlopen(path, RTLD_NOW | RTLD_LOCAL));
    return NULL;
}

int main(int n, char **words)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, i % 2 ? iterate : open_and_close, words[n - 1]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
