/* SPDX-License-Identifier: MIT */
/*
 * A suite without alloc_tracker in its source. Linked with it, a budget in the environment applies.
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
