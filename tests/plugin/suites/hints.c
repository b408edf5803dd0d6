/* SPDX-License-Identifier: MIT */
/* First uses that allocate: each message has the cause and the remedy, and the remedy works. */
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <alloc_tracker/criterion.h>

static FILE *stream;
static int numbers[1000];

static void open_stream(void)
{
    stream = fopen("/dev/null", "w");
}

TestSuite(hints, .init = open_stream);

static int compare(const void *left, const void *right)
{
    const int *a = left;
    const int *b = right;
    return *a - *b;
}

static void *nothing(void *arg)
{
    return arg;
}

static void start_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, nothing, NULL);
    pthread_join(thread, NULL);
}

static int use_clock(void)
{
    time_t now = 0;
    return localtime(&now)->tm_year;
}

Test(hints, fail_stdio)
{
    cr_assert_no_alloc(fprintf(stream, "%d", 1));
}

Test(hints, pass_stdio_warm)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .warmup = 1), fprintf(stream, "%d", 1));
}

Test(hints, pass_stdio_setvbuf)
{
    static char buffer[4096];
    setvbuf(stream, buffer, _IOFBF, sizeof buffer);
    cr_assert_no_alloc(fprintf(stream, "%d", 1));
}

Test(hints, fail_localtime)
{
    cr_assert_no_alloc(use_clock());
}

Test(hints, fail_setlocale)
{
    cr_assert_no_alloc(setlocale(LC_ALL, "C.UTF-8"));
}

Test(hints, fail_pthread_create)
{
    cr_assert_no_alloc(start_thread());
}

Test(hints, fail_qsort)
{
    cr_assert_no_alloc(qsort(numbers, 1000, sizeof numbers[0], compare));
}
