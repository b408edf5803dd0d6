/* SPDX-License-Identifier: MIT */
/*
 * A queue of numbers: the code under test. Pushing allocates only if the queue must grow.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct queue {
    int *items;
    size_t n_items;
    size_t capacity;
};

void queue_push(struct queue *queue, int item);
void queue_clear(struct queue *queue);

#ifdef __cplusplus
}
#endif

#endif
