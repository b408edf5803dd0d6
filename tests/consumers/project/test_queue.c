/* SPDX-License-Identifier: MIT */
#include <alloc_tracker/criterion.h>

#include "queue.h"

static struct queue queue;

Test(queue, pushes)
{
    queue_push(&queue, 1);
    cr_assert_no_alloc(queue_push(&queue, 2));
    queue_clear(&queue);
}

Test(queue, grows)
{
    cr_assert_no_alloc(queue_push(&queue, 1));
}
