/* SPDX-License-Identifier: MIT */
/*
 * The function that Criterion's macros make of a test, shown under the name of the test.
 */
#ifndef CRITERION_ALLOC_SHARED_TEST_NAME_H
#define CRITERION_ALLOC_SHARED_TEST_NAME_H

/* Show the function of this test as `name` in all stacks from now on. Both strings are copied. */
void criterion_alloc_test_name_set(const char *suite, const char *name);

#endif
