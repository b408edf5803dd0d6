/* SPDX-License-Identifier: MIT */
/*
 * Arrays of the command-line tool, which has nothing left to say once memory is gone: it then ends
 * with status 2, before it has written anything.
 */
#ifndef AT_RESULTS_GROW_H
#define AT_RESULTS_GROW_H

#include <stddef.h>

/* A growing array of `type`. Zero-initialised is empty; `at` is released with free(). */
#define AT_ARRAY(type)                                                                             \
    struct {                                                                                       \
        type *at;                                                                                  \
        size_t n;                                                                                  \
        size_t capacity;                                                                           \
    }

/* Appends one zeroed item and answers its address, valid until the next. */
#define at_array_add(array)                                                                        \
    ((array)->at = at_grow((array)->at, (array)->n, &(array)->capacity, sizeof *(array)->at),      \
     &(array)->at[(array)->n++])

/* Says that there is no memory and ends the process. */
__attribute__((noreturn)) void at_grow_failed(void);

/* An array with room for item `n`, which is zeroed. */
void *at_grow(void *array, size_t n, size_t *capacity, size_t item_size);

#endif
