/* SPDX-License-Identifier: MIT */
#ifndef LINES_SHARED_H
#define LINES_SHARED_H

#include <stddef.h>

void *lines_shared_alloc(size_t size);

#endif
