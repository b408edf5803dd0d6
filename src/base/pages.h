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

/* Has the kernel provide the pages that lie in there, all at once, which costs a fraction of what
   they do one by one at their first use; large ones where it can. Where it cannot, nothing is lost.
   Keeps errno. */
void at_pages_touch(void *pages, size_t size);

/* Releases what one of the above returned for `size`; NULL is allowed. Keeps errno. */
void at_pages_free(void *pages, size_t size);

#endif
