/* SPDX-License-Identifier: MIT */
/*
 * Sorting in place without additional memory. qsort_r() allocates for large arrays.
 */
#ifndef AT_BASE_SORT_H
#define AT_BASE_SORT_H

#include <stddef.h>

/* Return a number less than, equal to or greater than 0, as for qsort_r(). */
typedef int at_compare(const void *left, const void *right, void *arg);

/* Sort `n` items of `size` bytes, 64 at most, in ascending order. The sort is not stable, so
   `compare` must not return 0 for two different items. */
void at_sort(void *items, size_t n, size_t size, at_compare *compare, void *arg);

#endif
