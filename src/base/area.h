/* SPDX-License-Identifier: MIT */
/*
 * An area: a part of a shared file to which one process and its forked children append.
 *
 * The area is mapped before it is needed, and appending only stores to memory. So the process may
 * close its descriptors, change its root or user, limit the size of files or filter its system
 * calls, and can still append. A system call is made only when the mapped part of the area is full.
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
    uint64_t offset; /* the position of the area in the file */
};

/* Map an area of `capacity` bytes at `offset` of the file. Both are multiples of the page size, and
   the file already has that size. Return false, with errno set, if that is not possible. */
bool at_area_map(struct at_area *area, int fd, uint64_t offset, size_t capacity);

/* Return `size` zeroed bytes, aligned for any type, and set `*where` to their offset in the file.
   Return NULL if the area is full. Not thread-safe. Keeps errno. */
void *at_area_take(struct at_area *area, size_t size, uint64_t *where);

/* The size of an area's head, before the first appended bytes. All of it but the first 8 bytes is
   for the caller's use. */
enum { AT_AREA_HEAD = 64 };

#endif
