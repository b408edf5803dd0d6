/* SPDX-License-Identifier: MIT */
/*
 * Memory of our own, straight from the kernel: nothing here passes through malloc.
 */
#ifndef AT_BASE_PAGES_H
#define AT_BASE_PAGES_H

#include <stddef.h>

/* At least `size` zeroed bytes, page-aligned, or NULL. Keeps errno. */
void *at_pages_new(size_t size);

/* The same, but address space only: a page costs memory once it is touched. */
void *at_pages_reserve(size_t size);

/* At least `size` zeroed bytes which are about to be used, all of them, or the first `front` ones
   of them: the kernel provides these at once, which costs a fraction of what they do one by one.
   Not by madvise(), since a program may have forbidden itself all system calls but those that
   malloc makes. Keep errno. */
void *at_pages_new_touched(size_t size);
void *at_pages_new_front(size_t size, size_t front);

/* Releases what one of the above returned for `size`; NULL is allowed. Keeps errno. */
void at_pages_free(void *pages, size_t size);

#endif
