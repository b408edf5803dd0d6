/* SPDX-License-Identifier: MIT */
/*
 * Names of tests in stacks. Criterion's macros turn a test into a function with a longer name.
 * Stacks show this function under the name of the test.
 */
#ifndef CRITERION_ALLOC_SHARED_TEST_NAME_H
#define CRITERION_ALLOC_SHARED_TEST_NAME_H

/* Use `name` for the function of this test in all later stacks. Both strings are copied. */
void criterion_alloc_test_name_set(const char *suite, const char *name);

#endif
