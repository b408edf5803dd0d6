/* SPDX-License-Identifier: MIT */
/* symbols/lookup.h: each address is looked up once, and results are never moved. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "symbols/lookup.h"
#include "track/thread.h"

static struct at_lookup lookup;

static void open_lookup(void)
{
    at_suspend();
}

static void close_lookup(void)
{
    at_lookup_free(&lookup);
    at_resume();
}

TestSuite(lookup, .init = open_lookup, .fini = close_lookup);

__attribute__((noinline)) static const char *body(int n)
{
    static char text[16];
    memset(text, n, sizeof text);
    return text;
}

static uintptr_t within(const char *(*function)(int) )
{
    return (uintptr_t) function + 1;
}

Test(lookup, rows)
{
    size_t n = 0;
    const struct at_trace_row *rows = at_lookup_rows(&lookup, within(body), 0, &n);
    cr_assert_eq(n, 1u);
    cr_expect_str_eq(rows[0].function, "body");
    cr_expect_not_null(strstr(rows[0].file, "test_lookup.c"));
    cr_expect_gt(rows[0].line, 0);
    cr_expect_str_eq(rows[0].module, "unit_lookup");
    cr_expect(rows[0].program);
    cr_expect_eq(rows[0].owner, AT_OWNER_USER);
    cr_expect_eq(rows[0].number, 0u);
}

/* So many addresses that every table grows and several chunks are filled. */
Test(lookup, once)
{
    enum { N = 4000 };
    static struct at_trace_row *rows[N];
    size_t n = 0;
    for (uintptr_t i = 0; i < N; i++) {
        rows[i] = at_lookup_rows(&lookup, within(body) + i % 2, (uint32_t) i, &n);
        rows[i]->number = (uint32_t) i + 1;
    }
    for (uintptr_t i = 0; i < N; i++) {
        cr_assert_eq(at_lookup_rows(&lookup, within(body) + i % 2, (uint32_t) i, &n), rows[i]);
        cr_assert_eq(rows[i]->number, i + 1);
        cr_assert_str_eq(rows[i]->function, "body");
    }
}

Test(lookup, names)
{
    const char *name = at_lookup_name(&lookup, within(body), 0);
    cr_assert_str_eq(name, "body");
    cr_assert_eq(at_lookup_name(&lookup, within(body), 0), name);
}

Test(lookup, nothing_there)
{
    size_t n = 0;
    const struct at_trace_row *rows = at_lookup_rows(&lookup, 4097, 0, &n);
    cr_assert_eq(n, 1u);
    cr_expect_str_empty(rows[0].function);
    cr_expect_str_empty(rows[0].file);
    cr_expect_eq(rows[0].offset, 4097u);
    cr_expect_str_empty(at_lookup_name(&lookup, 4097, 0));
}

/* A lookup that failed for lack of memory is tried again. */
Test(lookup, no_memory)
{
    size_t n = 0;
    at_lookup_rows(&lookup, within(body), 0, &n);
    struct rlimit before, nothing_new;
    getrlimit(RLIMIT_AS, &before);
    nothing_new = before;
    nothing_new.rlim_cur = 0;
    setrlimit(RLIMIT_AS, &nothing_new);
    const struct at_trace_row *refused = at_lookup_rows(&lookup, within(body) + 1, 0, &n);
    setrlimit(RLIMIT_AS, &before);
    cr_assert_null(refused);
    const struct at_trace_row *rows = at_lookup_rows(&lookup, within(body) + 1, 0, &n);
    cr_assert_str_eq(rows[0].function, "body");
}

static void copy_file(const char *from, int to)
{
    FILE *input = fopen(from, "rb");
    char buffer[4096];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, input)) > 0)
        cr_assert_eq(write(to, buffer, n), (ssize_t) n);
    fclose(input);
}

/* For an object whose file was deleted, the name comes from the loaded symbols. */
Test(lookup, deleted_object)
{
    Dl_info zlib;
    void *handle = dlopen("libz.so.1", RTLD_NOW);
    cr_assert(handle && dladdr(dlsym(handle, "zlibVersion"), &zlib));
    char path[] = "/tmp/lookup_XXXXXX";
    int fd = mkstemp(path);
    copy_file(zlib.dli_fname, fd);
    close(fd);
    void *copy = dlopen(path, RTLD_NOW);
    unlink(path);
    cr_assert_not_null(copy);
    size_t n = 0;
    uintptr_t address = (uintptr_t) dlsym(copy, "zlibVersion") + 1;
    const struct at_trace_row *rows = at_lookup_rows(&lookup, address, 0, &n);
    cr_assert_str_eq(rows[0].function, "zlibVersion");
    cr_assert_str_eq(rows[0].module, strrchr(path, '/') + 1);
}
