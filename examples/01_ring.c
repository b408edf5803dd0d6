/* SPDX-License-Identifier: MIT */
/*
 * A function on the hot path must not allocate: ring_push(), as long as the ring buffer has room.
 * The last test fails on purpose. The failure names the line of ring.c that allocates.
 */
#include <alloc_tracker/criterion.h>

#include "ring.h"

static struct ring ring;

static void reserve(void)
{
    ring_reserve(&ring, 8);
}

static void release(void)
{
    ring_free(&ring);
}

TestSuite(ring, .init = reserve, .fini = release);

Test(ring, push_with_room_allocates_nothing)
{
    cr_assert_no_alloc(ring_push(&ring, 9));
}

Test(ring, filling_and_draining_allocates_nothing)
{
    cr_no_alloc_scope
    {
        int value;
        for (int i = 0; i < 8; i++)
            ring_push(&ring, i);
        while (ring_pop(&ring, &value))
            continue;
    }
}

Test(ring, growing_is_caught)
{
    for (int i = 0; i < 8; i++)
        ring_push(&ring, i);
    cr_assert_no_alloc(ring_push(&ring, 8));
}
