/* SPDX-License-Identifier: MIT */
/*
 * Measures the cost of a pair of malloc and free: pairs DEPTH THREADS PAIRS PATTERN
 *
 * DEPTH is the depth of the stack, PAIRS the number of pairs of each thread. PATTERN is one of
 *
 *     fixed    64 bytes
 *     random   1 to 512 bytes, 64 live blocks
 *     cross    64 bytes, and another thread releases the block
 *
 * Prints the CPU time per pair in ns, for the best of 40 slices. CPU time excludes other processes.
 * bench/micro.py preloads the variants that it compares.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLICES = 40, LIVE = 64, BATCH = 256 };

static long n_pairs;
static unsigned depth;
static char pattern;
static void *exchanged[2][BATCH];
static pthread_barrier_t barrier;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double) time.tv_sec * 1e9 + (double) time.tv_nsec;
}

static __attribute__((noinline)) void fixed(void)
{
    for (long i = 0; i < n_pairs; i++) {
        void *volatile block = malloc(64);
        free(block);
    }
}

static __attribute__((noinline)) void random_sizes(void)
{
    void *live[LIVE] = { 0 };
    uint64_t state = 88172645463325252u;
    for (long i = 0; i < n_pairs; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        void **block = &live[state % LIVE];
        free(*block);
        *block = malloc(1 + (state >> 32) % 512);
    }
    for (size_t i = 0; i < LIVE; i++)
        free(live[i]);
}

/* Two threads exchange blocks, one batch at a time. */
static __attribute__((noinline)) void cross(unsigned self)
{
    for (long i = 0; i < n_pairs / BATCH; i++) {
        for (size_t j = 0; j < BATCH; j++)
            exchanged[self][j] = malloc(64);
        pthread_barrier_wait(&barrier);
        for (size_t j = 0; j < BATCH; j++)
            free(exchanged[!self][j]);
        pthread_barrier_wait(&barrier);
    }
}

static __attribute__((noinline)) void descend(unsigned left, unsigned self)
{
    volatile char frame[32];
    frame[0] = 1;
    if (left > 1)
        descend(left - 1, self);
    else if (pattern == 'f')
        fixed();
    else if (pattern == 'r')
        random_sizes();
    else
        cross(self);
    frame[1] = frame[0];
}

static void *run(void *self)
{
    descend(depth, *(unsigned *) self);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    depth = (unsigned) atoi(argv[1]);
    unsigned n_threads = (unsigned) atoi(argv[2]);
    n_pairs = atol(argv[3]);
    pattern = argv[4][0];
    pthread_barrier_init(&barrier, NULL, 2);
    double best = 1e18;
    for (int slice = 0; slice < SLICES; slice++) {
        pthread_t thread[64];
        unsigned self[64];
        double start = now();
        for (unsigned i = 0; i < n_threads && i < 64; i++) {
            self[i] = i % 2;
            pthread_create(&thread[i], NULL, run, &self[i]);
        }
        for (unsigned i = 0; i < n_threads && i < 64; i++)
            pthread_join(thread[i], NULL);
        double taken = now() - start;
        best = taken < best ? taken : best;
    }
    printf("%.2f\n", best / (double) (n_pairs * n_threads));
}
