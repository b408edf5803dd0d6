/* SPDX-License-Identifier: MIT */
/*
 * Sorting in place without memory: qsort_r() allocates for large arrays.
 */
#ifndef AT_BASE_SORT_H
#define AT_BASE_SORT_H

#include <stddef.h>

/* Less than, equal to or greater than 0, as for qsort_r(). */
typedef int at_compare(const void *left, const void *right, void *arg);

/* Sorts `n` items of `size` bytes, at most 64, ascending. Not stable: make no two items equal. */
void at_sort(void *items, size_t n, size_t size, at_compare *compare, void *arg);

#endif
