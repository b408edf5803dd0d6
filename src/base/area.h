/* SPDX-License-Identifier: MIT */
/*
 * A part of a shared file to which one process and its forked children append.
 *
 * The area is mapped before it is needed, and appended to by stores alone. So nothing that happens
 * to the process meanwhile matters: closed descriptors, another root or user, a limit on the size
 * of files, a filter of system calls. The kernel is asked for more address space only when the part
 * that is mapped is full.
 */
#ifndef AT_BASE_AREA_H
#define AT_BASE_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct at_area {
    unsigned char *start; /* NULL: nothing can be appended */
    size_t mapped;
    size_t capacity;
    uint64_t offset; /* of the area in the file */
};

/* Map the area of `capacity` bytes, a multiple of the page size, at `offset` of the file. The file
   is that large already. Return false with errno set. */
bool at_area_map(struct at_area *area, int fd, uint64_t offset, size_t capacity);

/* Return `size` zeroed bytes, aligned for any type, and in `*where` their offset in the file; NULL
   where the area is full. Not for two threads at a time. */
void *at_area_take(struct at_area *area, size_t size, uint64_t *where);

/* Return how many bytes of the area at `start`, which another process filled, are used. */
uint64_t at_area_used(const void *start);

enum { AT_AREA_HEAD = 64 }; /* bytes before the first ones; all but the first word are the user's */

#endif
