/* SPDX-License-Identifier: MIT */
/*
 * Each test allocates once on the line marked HERE with the test's name, and nowhere else.
 * tests/plugin/test_lines.py builds this suite at several optimization levels. A failure must name
 * exactly the marked line.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

#include "lines_shared.h"

static void *volatile sink;
static const char *volatile text = "a piece of text";
static volatile size_t size = 40;

#define LINE_TEST(Name)                                                                            \
    static void line_##Name(void);                                                                 \
    Test(lines, Name)                                                                              \
    {                                                                                              \
        cr_assert_no_alloc(line_##Name());                                                         \
    }                                                                                              \
    static void line_##Name(void)

Test(lines, direct)
{
    cr_assert_no_alloc(sink = malloc(size)); /* HERE direct */
}

static inline void inlined_twice(void)
{
    sink = malloc(size); /* HERE inlined */
}

static inline void inlined_once(void)
{
    inlined_twice();
}

Test(lines, inlined)
{
    cr_assert_no_alloc(inlined_once());
}

Test(lines, shared_library)
{
    cr_assert_no_alloc(sink = lines_shared_alloc(size)); /* the line is in lines_shared.c */
}

static __attribute__((noinline)) void called_through_pointer(void)
{
    sink = malloc(size); /* HERE function_pointer */
    size++;
}

static void (*volatile pointer)(void) = called_through_pointer;

Test(lines, function_pointer)
{
    cr_assert_no_alloc(pointer());
}

static pthread_barrier_t barrier;

static void *thread_main(void *arg)
{
    (void) arg;
    pthread_barrier_wait(&barrier);
    sink = malloc(size); /* HERE second_thread */
    pthread_barrier_wait(&barrier);
    return NULL;
}

Test(lines, second_thread)
{
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, thread_main, NULL);
    cr_assert_no_alloc((pthread_barrier_wait(&barrier), pthread_barrier_wait(&barrier)));
    pthread_join(thread, NULL);
}

static void on_signal(int number)
{
    (void) number;
    sink = malloc(size); /* HERE signal_handler */
    size++;
}

Test(lines, signal_handler)
{
    signal(SIGUSR1, on_signal);
    cr_assert_no_alloc(raise(SIGUSR1));
}

LINE_TEST(call_strdup)
{
    sink = strdup(text); /* HERE call_strdup */
}

LINE_TEST(call_asprintf)
{
    char *out;
    if (asprintf(&out, "%s and more", text) > 0) /* HERE call_asprintf */
        sink = out;
}

static FILE *stream;

static void open_stream(void)
{
    stream = fopen("/proc/self/status", "r");
    setvbuf(stream, NULL, _IONBF, 0);
}

LINE_TEST(call_getline)
{
    char *line = NULL;
    size_t n = 0;
    if (getline(&line, &n, stream) > 0) /* HERE call_getline */
        sink = line;
}

TestSuite(lines, .init = open_stream);

LINE_TEST(call_fopen)
{
    sink = fopen("/dev/null", "r"); /* HERE call_fopen */
}

static int numbers[100000];

static int compare(const void *left, const void *right)
{
    const int *a = left;
    const int *b = right;
    return (*a > *b) - (*a < *b);
}

LINE_TEST(call_qsort)
{
    qsort(numbers, 100000, sizeof numbers[0], compare); /* HERE call_qsort */
    numbers[0]++;
}

LINE_TEST(family_calloc)
{
    sink = calloc(3, size); /* HERE family_calloc */
}

LINE_TEST(family_realloc)
{
    sink = realloc(NULL, size); /* HERE family_realloc */
}

LINE_TEST(family_reallocarray)
{
    sink = reallocarray(NULL, 3, size); /* HERE family_reallocarray */
}

LINE_TEST(family_aligned_alloc)
{
    sink = aligned_alloc(64, 128); /* HERE family_aligned_alloc */
}

LINE_TEST(family_memalign)
{
    sink = memalign(64, size); /* HERE family_memalign */
}

LINE_TEST(family_posix_memalign)
{
    void *block;
    if (posix_memalign(&block, 64, size) == 0) /* HERE family_posix_memalign */
        sink = block;
}

LINE_TEST(family_valloc)
{
    sink = valloc(size); /* HERE family_valloc */
}

LINE_TEST(family_pvalloc)
{
    sink = pvalloc(size); /* HERE family_pvalloc */
}

LINE_TEST(large_malloc)
{
    sink = malloc(1 << 20); /* HERE large_malloc */
}
