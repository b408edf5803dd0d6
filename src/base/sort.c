/* SPDX-License-Identifier: MIT */
/* See sort.h. A heap sort. */
#include "base/sort.h"

#include <string.h>

enum { MAX_SIZE = 64 };

struct heap {
    char *items;
    size_t size;
    at_compare *compare;
    void *arg;
};

static int compare_items(const struct heap *heap, size_t left, size_t right)
{
    return heap->compare(heap->items + left * heap->size, heap->items + right * heap->size,
                         heap->arg);
}

static void swap_items(const struct heap *heap, size_t left, size_t right)
{
    char saved[MAX_SIZE];
    memcpy(saved, heap->items + left * heap->size, heap->size);
    memcpy(heap->items + left * heap->size, heap->items + right * heap->size, heap->size);
    memcpy(heap->items + right * heap->size, saved, heap->size);
}

static void sift_down(const struct heap *heap, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && compare_items(heap, child, child + 1) < 0)
            child++;
        if (compare_items(heap, root, child) >= 0)
            return;
        swap_items(heap, root, child);
    }
}

void at_sort(void *items, size_t n, size_t size, at_compare *order, void *arg)
{
    struct heap heap = { .items = items, .size = size, .compare = order, .arg = arg };
    for (size_t i = n / 2; i-- > 0;)
        sift_down(&heap, i, n);
    for (size_t end = n; end-- > 1;) {
        swap_items(&heap, 0, end);
        sift_down(&heap, 0, end);
    }
}
