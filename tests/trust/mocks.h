/* SPDX-License-Identifier: MIT */
/* What the tested code needs to know of its mocks; see mocks.c. */
#ifndef MOCKS_H
#define MOCKS_H

#include <stdbool.h>

/* Set while the tested code calls a mock, which then fails with ENOENT. */
extern volatile bool mocks_tested_code_calls;

/* libc's own function of that name, and its errno. */
void *mocks_real(const char *name);
int *mocks_errno(void);

/* Called by each mock: where to go on, or NULL to fail. */
void *mocks_enter(unsigned index, const char *caller);
int mocks_fail(void);

#endif
