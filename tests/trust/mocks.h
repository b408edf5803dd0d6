/* SPDX-License-Identifier: MIT */
/* The interface between the tested code and its mocks; see mocks.c. */
#ifndef MOCKS_H
#define MOCKS_H

#include <stdbool.h>

/* Set while the tested code calls a mock, which then fails with ENOENT. */
extern volatile bool mocks_tested_code_calls;

/* Return libc's own function of this name, and libc's errno. */
void *mocks_real(const char *name);
int *mocks_errno(void);

/* Each mock calls this function. Return the function to forward to, or NULL to fail. */
void *mocks_enter(unsigned index, const char *caller);
int mocks_fail(void);

#endif
