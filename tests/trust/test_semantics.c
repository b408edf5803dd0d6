/* SPDX-License-Identifier: MIT */
/*
 * docs/semantics.md, row by row: the effect of each call of the family on every metric of a region,
 * on the thread's counters and on errno. C++'s functions are called by their mangled names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_tracker/criterion.h"

void *_Znwm(size_t size);
void _ZdlPv(void *block);
struct nothrow {
    char unused;
};
void *_ZnwmRKSt9nothrow_t(size_t size, const struct nothrow *nothrow);

static void *old; /* a block of 100 bytes from before the region */
static void *volatile sink;
static volatile size_t huge = PTRDIFF_MAX, half = SIZE_MAX / 2, zero;

static void *by_malloc(void)
{
    return malloc(10);
}
static void *by_malloc_zero(void)
{
    return malloc(zero);
}
static void *by_malloc_failed(void)
{
    return malloc(huge);
}
static void *by_calloc(void)
{
    return calloc(3, 5);
}
static void *by_calloc_zero(void)
{
    return calloc(zero, 5);
}
static void *by_calloc_overflow(void)
{
    return calloc(half, 3);
}
static void *by_realloc_null(void)
{
    return realloc(NULL, 10);
}
static void *by_realloc_null_zero(void)
{
    return realloc(NULL, zero);
}
static void *by_realloc(void)
{
    return old = realloc(old, 200);
}
static void *by_realloc_zero(void)
{
    return old = realloc(old, zero);
}
static void *by_realloc_failed(void)
{
    return realloc(old, huge);
}
static void *by_reallocarray(void)
{
    return old = reallocarray(old, 10, 30);
}
static void *by_reallocarray_null(void)
{
    return reallocarray(NULL, 10, 3);
}
static void *by_reallocarray_zero(void)
{
    return old = reallocarray(old, zero, 3);
}
static void *by_reallocarray_overflow(void)
{
    return reallocarray(old, half, 3);
}
static void *by_aligned_alloc(void)
{
    return aligned_alloc(64, 128);
}
static void *by_aligned_alloc_failed(void)
{
    return aligned_alloc(64, huge);
}
static void *by_memalign(void)
{
    return memalign(64, 10);
}
static void *by_valloc(void)
{
    return valloc(10);
}
static void *by_pvalloc(void)
{
    return pvalloc(10);
}
static void *by_new(void)
{
    return _Znwm(10);
}
static void *by_new_zero(void)
{
    return _Znwm(zero);
}
static void *by_new_nothrow_failed(void)
{
    return _ZnwmRKSt9nothrow_t(huge, &(struct nothrow){ 0 });
}

static void *by_posix_memalign(void)
{
    void *block = NULL;
    return posix_memalign(&block, 64, 10) == 0 ? block : NULL;
}

/* These functions return the error and leave the pointer unchanged. Without memory, glibc sets
   errno too. */
static void *by_posix_memalign_invalid(void)
{
    void *block = &block;
    cr_expect_eq(posix_memalign(&block, 3, 10), EINVAL);
    cr_expect(block == &block);
    return NULL;
}

static void *by_posix_memalign_failed(void)
{
    void *block = &block;
    cr_expect_eq(posix_memalign(&block, 64, huge), ENOMEM);
    cr_expect(block == &block);
    return NULL;
}

static void *by_free(void)
{
    free(old);
    return old = NULL;
}

static void *by_delete(void)
{
    _ZdlPv(old);
    return old = NULL;
}

static void *by_free_null(void)
{
    free(NULL);
    _ZdlPv(NULL);
    return NULL;
}

static void *by_strdup(void)
{
    return strdup("1234567");
}

static const struct call {
    const char *name;
    void *(*call)(void);
    uint64_t allocs, reallocs, frees, bytes, failed;
    int64_t live;
    int error; /* the value of errno after the call; 0: unchanged */
    size_t alignment;
} calls[] = {
    { "malloc", by_malloc, .allocs = 1, .bytes = 10, .live = 10, .alignment = 16 },
    { "malloc_zero", by_malloc_zero, .allocs = 1 },
    { "malloc_failed", by_malloc_failed, .failed = 1, .error = ENOMEM },
    { "calloc", by_calloc, .allocs = 1, .bytes = 15, .live = 15, .alignment = 16 },
    { "calloc_zero", by_calloc_zero, .allocs = 1 },
    { "calloc_overflow", by_calloc_overflow, .failed = 1, .error = ENOMEM },
    { "realloc_null", by_realloc_null, .allocs = 1, .bytes = 10, .live = 10 },
    { "realloc_null_zero", by_realloc_null_zero, .allocs = 1 },
    { "realloc", by_realloc, .allocs = 1, .reallocs = 1, .bytes = 200, .live = 100 },
    { "realloc_zero", by_realloc_zero, .frees = 1, .live = -100 },
    { "realloc_failed", by_realloc_failed, .failed = 1, .error = ENOMEM },
    { "reallocarray", by_reallocarray, .allocs = 1, .reallocs = 1, .bytes = 300, .live = 200 },
    { "reallocarray_null", by_reallocarray_null, .allocs = 1, .bytes = 30, .live = 30 },
    { "reallocarray_zero", by_reallocarray_zero, .frees = 1, .live = -100 },
    { "reallocarray_overflow", by_reallocarray_overflow, .failed = 1, .error = ENOMEM },
    { "aligned_alloc", by_aligned_alloc, .allocs = 1, .bytes = 128, .live = 128, .alignment = 64 },
    { "aligned_alloc_failed", by_aligned_alloc_failed, .failed = 1, .error = ENOMEM },
    { "memalign", by_memalign, .allocs = 1, .bytes = 10, .live = 10, .alignment = 64 },
    { "posix_memalign", by_posix_memalign, .allocs = 1, .bytes = 10, .live = 10, .alignment = 64 },
    { "posix_memalign_invalid", by_posix_memalign_invalid, .failed = 1 },
    { "posix_memalign_failed", by_posix_memalign_failed, .failed = 1, .error = ENOMEM },
    { "valloc", by_valloc, .allocs = 1, .bytes = 10, .live = 10, .alignment = 4096 },
    { "pvalloc", by_pvalloc, .allocs = 1, .bytes = 10, .live = 10, .alignment = 4096 },
    { "free", by_free, .frees = 1, .live = -100 },
    { "delete", by_delete, .frees = 1, .live = -100 },
    { "free_null", by_free_null, .live = 0 },
    { "new", by_new, .allocs = 1, .bytes = 10, .live = 10, .alignment = 16 },
    { "new_zero", by_new_zero, .allocs = 1, .bytes = 1, .live = 1 },
    { "new_nothrow_failed", by_new_nothrow_failed, .failed = 1, .error = ENOMEM },
    { "strdup", by_strdup, .allocs = 1, .bytes = 8, .live = 8 },
};

#define METRIC(Name) cr_expect_eq(usage.Name, call->Name, "%s: " #Name, call->name)

static void check_call(const struct call *call)
{
    struct at_region *region = NULL;
    old = malloc(100);
    cr_assert_eq(at_region_begin(AT_PROCESS, &region), AT_OK);
    struct at_counters before = at_thread_counters();
    errno = EXDEV;
    void *block = call->call();
    int error = errno;
    struct at_counters after = at_thread_counters();
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    at_region_free(region);
    METRIC(allocs);
    METRIC(reallocs);
    METRIC(frees);
    METRIC(bytes);
    METRIC(failed);
    METRIC(live);
    cr_expect_eq(usage.peak, call->live > 0 ? call->live : 0, "%s: peak", call->name);
    cr_expect_eq(usage.leaks, call->allocs, "%s: leaks", call->name);
    cr_expect_eq(after.allocs - before.allocs, call->allocs, "%s: the counters", call->name);
    cr_expect_eq(after.bytes - before.bytes, call->bytes, "%s: the counters", call->name);
    cr_expect_eq(after.frees - before.frees, call->frees, "%s: the counters", call->name);
    cr_expect_eq(after.failed - before.failed, call->failed, "%s: the counters", call->name);
    cr_expect_eq(error, call->error ? call->error : EXDEV, "%s: errno", call->name);
    cr_expect_eq(block != NULL, call->allocs != 0, "%s: the block", call->name);
    if (call->alignment)
        cr_expect_eq((uintptr_t) block % call->alignment, 0, "%s: alignment", call->name);
    free(block == old ? NULL : block);
    free(old);
}

Test(semantics, each_call)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        check_call(&calls[i]);
}

/* On the fast path too, which does not check the result of a small request. */
Test(semantics, errno_is_kept_on_the_fast_path)
{
    errno = EXDEV;
    void *block = realloc(calloc(1, 10), 20);
    free(block);
    sink = malloc(10);
    free(sink);
    cr_expect_eq(errno, EXDEV);
}
