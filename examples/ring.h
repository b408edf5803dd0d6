/* SPDX-License-Identifier: MIT */
/* A ring buffer of integers that grows when it is full. 01_ring.c tests it. */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring {
    int *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t head;     /* index of the next value to read */
    size_t count;
};

bool ring_reserve(struct ring *ring, size_t capacity);
bool ring_push(struct ring *ring, int value);
bool ring_pop(struct ring *ring, int *value);
void ring_free(struct ring *ring);

#endif
