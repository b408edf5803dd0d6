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

/* Releases what one of the above returned for `size`; NULL is allowed. Keeps errno. */
void at_pages_free(void *pages, size_t size);

#endif
