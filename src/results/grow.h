/* SPDX-License-Identifier: MIT */
/*
 * Growing arrays of the command. If there is no memory, the process ends with status 2 and a
 * message; the command writes its output last, so no file is left incomplete. The library does not
 * use them: it may not end the process.
 */
#ifndef AT_RESULTS_GROW_H
#define AT_RESULTS_GROW_H

#include <stddef.h>

/* A growing array of `type`. Zero-initialised is empty; release `at` with free(). */
#define AT_ARRAY(type)                                                                             \
    struct {                                                                                       \
        type *at;                                                                                  \
        size_t n;                                                                                  \
        size_t capacity;                                                                           \
    }

/* Append one zeroed item and return its address, valid until the next one is appended. */
#define at_array_add(array)                                                                        \
    ((array)->at = at_grow((array)->at, (array)->n, &(array)->capacity, sizeof *(array)->at),      \
     &(array)->at[(array)->n++])

/* Print "out of memory" and end the process. */
__attribute__((noreturn)) void at_grow_failed(void);

/* Return `array`, moved if necessary, with room for item `n`, which is zeroed. */
void *at_grow(void *array, size_t n, size_t *capacity, size_t item_size);

#endif
