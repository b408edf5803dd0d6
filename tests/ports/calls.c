/* SPDX-License-Identifier: MIT */
/* The table of counts.h in C: functions of the malloc family, and libc functions that allocate. */
#define _GNU_SOURCE
#include "counts.h"

#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <regex.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

static void *volatile sink;
static const char *volatile text = "a text of more than fifteen characters";
static int numbers[2000];
static FILE *file;
static regex_t expression;

static void make_block(void)
{
    sink = malloc(100);
}

static void call_nothing(void)
{
}

static void call_malloc_zero(void)
{
    sink = malloc(0);
}

static void call_malloc_large(void)
{
    sink = malloc(1 << 20);
}

static void call_malloc_failed(void)
{
    volatile size_t size = PTRDIFF_MAX;
    sink = malloc(size);
}

/* The second calloc() returns a block that was used before. The block must be zero again. */
static void call_calloc(void)
{
    unsigned char *block = calloc(10, 12);
    memset(block, 1, 120);
    free(block);
    block = calloc(10, 12);
    for (int i = 0; i < 120; i++)
        if (block[i] != 0)
            abort();
    sink = block;
}

static void call_calloc_overflow(void)
{
    volatile size_t size = SIZE_MAX / 2;
    sink = calloc(size, 3);
}

static void call_realloc_new(void)
{
    sink = realloc(NULL, 50);
}

static void call_realloc_grow(void)
{
    sink = realloc(sink, 5000);
}

static void call_realloc_to_zero(void)
{
    sink = realloc(sink, 0);
}

static void call_reallocarray(void)
{
    sink = reallocarray(NULL, 10, 30);
}

static void call_free(void)
{
    free(sink);
}

static void call_free_null(void)
{
    free(NULL);
}

static void check_aligned(const void *block, size_t alignment)
{
    if (!block || (uintptr_t) block % alignment != 0)
        abort();
}

static void call_aligned_alloc(void)
{
    sink = aligned_alloc(64, 640);
    check_aligned(sink, 64);
}

static void call_memalign(void)
{
    sink = memalign(128, 100);
    check_aligned(sink, 128);
}

static void call_posix_memalign(void)
{
    void *block = NULL;
    if (posix_memalign(&block, 256, 100) == 0)
        sink = block;
    check_aligned(block, 256);
}

static void call_valloc(void)
{
    sink = valloc(100);
    check_aligned(sink, (size_t) sysconf(_SC_PAGESIZE));
}

static void call_strdup(void)
{
    sink = strdup(text);
}

static void call_strndup(void)
{
    sink = strndup(text, 5);
}

static void call_wcsdup(void)
{
    sink = wcsdup(L"wide");
}

static void call_asprintf(void)
{
    char *out = NULL;
    if (asprintf(&out, "%s and %d", text, 12345) > 0)
        sink = out;
}

static void call_fopen(void)
{
    fclose(fopen("/dev/null", "r"));
}

static void call_fmemopen(void)
{
    fclose(fmemopen(NULL, 100, "w"));
}

static void call_open_memstream(void)
{
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    fputs("some text", stream);
    fclose(stream);
    sink = out;
}

static void open_file(void)
{
    file = fopen("/proc/version", "r");
}

static void call_getline(void)
{
    char *line = NULL;
    size_t n = 0;
    if (getline(&line, &n, file) > 0)
        sink = line;
}

static void call_opendir(void)
{
    closedir(opendir("/"));
}

static void call_setenv(void)
{
    setenv("COUNTED_VARIABLE", "value", 1);
}

static void call_realpath(void)
{
    sink = realpath("/dev/../dev", NULL);
}

static int compare(const void *left, const void *right)
{
    return *(const int *) left - *(const int *) right;
}

static void call_qsort(void)
{
    qsort(numbers, 2000, sizeof numbers[0], compare);
}

static int compare_strings(const void *left, const void *right)
{
    return strcmp(left, right);
}

static void call_tsearch(void)
{
    void *root = NULL;
    tsearch(text, &root, compare_strings);
    sink = root;
}

static void call_regcomp(void)
{
    regcomp(&expression, "^a[bc]+$", REG_EXTENDED);
}

/* alloc_tracker has thread-local variables, so the oracle needs one too: the size of a thread's
   descriptor depends on them. */
static _Thread_local int thread_variable;

static void *thread_main(void *arg)
{
    free(malloc(33));
    thread_variable++;
    return arg;
}

static void call_pthread_create(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, thread_main, NULL);
    pthread_join(thread, NULL);
}

/* clang-format off: one row for each call */
const struct counted_call counted_calls[] = {
    { "nothing", NULL, call_nothing },
    { "malloc", NULL, make_block },
    { "malloc_zero", NULL, call_malloc_zero },
    { "malloc_large", NULL, call_malloc_large },
    { "malloc_failed", NULL, call_malloc_failed },
    { "calloc", NULL, call_calloc },
    { "calloc_overflow", NULL, call_calloc_overflow },
    { "realloc_new", NULL, call_realloc_new },
    { "realloc_grow", make_block, call_realloc_grow },
    { "realloc_to_zero", make_block, call_realloc_to_zero },
    { "reallocarray", NULL, call_reallocarray },
    { "free", make_block, call_free },
    { "free_null", NULL, call_free_null },
    { "aligned_alloc", NULL, call_aligned_alloc },
    { "memalign", NULL, call_memalign },
    { "posix_memalign", NULL, call_posix_memalign },
    { "valloc", NULL, call_valloc },
    { "strdup", NULL, call_strdup },
    { "strndup", NULL, call_strndup },
    { "wcsdup", NULL, call_wcsdup },
    { "asprintf", NULL, call_asprintf },
    { "fopen", NULL, call_fopen },
    { "fmemopen", NULL, call_fmemopen },
    { "open_memstream", NULL, call_open_memstream },
    { "getline", open_file, call_getline },
    { "opendir", NULL, call_opendir },
    { "setenv", NULL, call_setenv },
    { "realpath", NULL, call_realpath },
    { "qsort", NULL, call_qsort },
    { "tsearch", NULL, call_tsearch },
    { "regcomp", NULL, call_regcomp },
    { "pthread_create", NULL, call_pthread_create },
};
/* clang-format on */

const size_t n_counted_calls = sizeof counted_calls / sizeof counted_calls[0];
