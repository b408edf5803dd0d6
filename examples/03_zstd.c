/* SPDX-License-Identifier: MIT */
/*
 * A zstd context allocates its tables on first use, and never again. With .warmup = 1 the first run
 * is not measured. The last test measures the first run, and fails on purpose.
 */
#include <string.h>

#include <alloc_tracker/criterion.h>
#include <zstd.h>

static char input[4096];
static char output[8192];
static ZSTD_CCtx *context;

static void create(void)
{
    context = ZSTD_createCCtx();
}

static void destroy(void)
{
    ZSTD_freeCCtx(context);
}

static size_t compress(void)
{
    return ZSTD_compressCCtx(context, output, sizeof output, input, sizeof input, 3);
}

TestSuite(zstd, .init = create, .fini = destroy);

Test(zstd, a_warm_context_allocates_nothing)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .warmup = 1, .repeat = 10), compress());
}

Test(zstd, first_use_is_caught)
{
    cr_assert_no_alloc(compress(), "this context was not used before");
}
