/* SPDX-License-Identifier: MIT */
/*
 * lz4 compresses without allocating if the caller passes the state. LZ4_createStream() allocates,
 * so the last test fails on purpose.
 */
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>
#include <lz4.h>

static char input[4096];
static char output[LZ4_COMPRESSBOUND(sizeof input)];
static LZ4_stream_t state;

Test(lz4, compress_with_own_state_allocates_nothing)
{
    memset(input, 'a', sizeof input);
    int size = 0;
    cr_assert_no_alloc(
        size = LZ4_compress_fast_extState(&state, input, output, sizeof input, sizeof output, 1));
    cr_assert(size > 0);
}

Test(lz4, decompress_allocates_nothing)
{
    int size = LZ4_compress_default(input, output, sizeof input, sizeof output);
    cr_assert_no_alloc(LZ4_decompress_safe(output, input, size, sizeof input));
}

Test(lz4, a_new_stream_is_caught)
{
    cr_assert_no_alloc(LZ4_freeStream(LZ4_createStream()));
}
