/* SPDX-License-Identifier: MIT */
/* See ring.h. */
#include "ring.h"

#include <stdlib.h>

bool ring_reserve(struct ring *ring, size_t capacity)
{
    size_t wanted = ring->capacity ? ring->capacity : 4;
    while (wanted < capacity)
        wanted *= 2;
    if (wanted == ring->capacity)
        return true;
    int *slots = malloc(wanted * sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < ring->count; i++)
        slots[i] = ring->slots[(ring->head + i) & (ring->capacity - 1)];
    free(ring->slots);
    *ring = (struct ring){ .slots = slots, .capacity = wanted, .count = ring->count };
    return true;
}

bool ring_push(struct ring *ring, int value)
{
    if (!ring_reserve(ring, ring->count + 1))
        return false;
    ring->slots[(ring->head + ring->count++) & (ring->capacity - 1)] = value;
    return true;
}

bool ring_pop(struct ring *ring, int *value)
{
    if (ring->count == 0)
        return false;
    *value = ring->slots[ring->head];
    ring->head = (ring->head + 1) & (ring->capacity - 1);
    ring->count--;
    return true;
}

void ring_free(struct ring *ring)
{
    free(ring->slots);
    *ring = (struct ring){ 0 };
}
