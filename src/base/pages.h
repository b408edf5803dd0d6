/* SPDX-License-Identifier: MIT */
/*
 * Memory directly from the kernel, which does not pass through malloc.
 */
#ifndef AT_BASE_PAGES_H
#define AT_BASE_PAGES_H

#include <stddef.h>

/* Return at least `size` zeroed bytes, page-aligned, or NULL if the kernel refuses memory. Keeps
   errno. Release them with at_pages_free(). */
void *at_pages_new(size_t size);

/* The same, but reserve address space only: a page takes memory when it is touched. */
void *at_pages_reserve(size_t size);

/* The same for bytes that are about to be used: all of them, or the first `front` of them. The
   kernel provides these pages at once, which is much faster than page by page. These functions do
   not call madvise(), because a program may forbid all system calls but those that malloc makes. */
void *at_pages_new_touched(size_t size);
void *at_pages_new_front(size_t size, size_t front);

/* Release `pages`, which a function above returned for `size`. Does nothing for NULL. Keeps errno.
 */
void at_pages_free(void *pages, size_t size);

#endif
