/* SPDX-License-Identifier: MIT */
/*
 * A suite that knows nothing of alloc_tracker: linked with it, a budget in the environment holds.
 */
#include <criterion/criterion.h>

#include "queue.h"

Test(stock, grows)
{
    struct queue queue = { 0 };
    queue_push(&queue, 1);
    cr_assert(queue.n_items == 1);
    queue_clear(&queue);
}

Test(stock, stays)
{
    int items[4];
    struct queue queue = { .items = items, .capacity = 4 };
    queue_push(&queue, 1);
    cr_assert(queue.n_items == 1);
}
