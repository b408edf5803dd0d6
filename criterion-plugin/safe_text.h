/* SPDX-License-Identifier: MIT */
/*
 * Criterion 2.4 writes messages into JSON and XML files as they are. The same message goes into
 * both, so what would break either is replaced by what reads the same and breaks neither.
 */
#ifndef CRITERION_ALLOC_SAFE_TEXT_H
#define CRITERION_ALLOC_SAFE_TEXT_H

/* A safe copy, made by malloc; NULL only without memory. */
char *criterion_alloc_safe_copy(const char *message);

/* Replaces a message that malloc made by a safe one that malloc made. NULL is left alone. */
void criterion_alloc_make_safe(const char **message);

#endif
