/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <stdlib.h>

static void queue_grow(struct queue *queue)
{
    queue->capacity += 16;
    int *items = realloc(queue->items, queue->capacity * sizeof *items);
    if (!items)
        abort();
    queue->items = items;
}

void queue_push(struct queue *queue, int item)
{
    if (queue->n_items == queue->capacity)
        queue_grow(queue);
    queue->items[queue->n_items++] = item;
}

void queue_clear(struct queue *queue)
{
    free(queue->items);
    *queue = (struct queue){ 0 };
}
