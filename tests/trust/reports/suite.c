// SPDX-License-Identifier: MIT
/* Reports of Criterion itself, and of assertions about allocation. Each test names its report. The
 * suite is also built without the plugin: PLUGIN is not defined then. */
#ifdef PLUGIN
#include <alloc_tracker/criterion.h>
#else
#include <criterion/criterion.h>
#endif
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *volatile kept;

/* Criterion #345: a test with a timeout hangs. */
Test(criterion_345, spins, .timeout = 0.3)
{
    for (;;)
        kept = kept;
}

Test(criterion_345, sleeps, .timeout = 0.3)
{
    kept = malloc(77);
    for (;;)
        pause();
}

Test(criterion_345, allocates, .timeout = 0.3)
{
    for (;;)
        free(malloc(77));
}

/* Criterion #304: many parameters with strings of cr_malloc crash. */
struct parameter {
    char *text;
    size_t length;
};

static void free_parameters(struct criterion_test_params *all)
{
    for (size_t i = 0; i < all->length; i++)
        cr_free(((struct parameter *) all->params)[i].text);
    cr_free(all->params);
}

ParameterizedTestParameters(criterion_304, texts)
{
    size_t n = 60;
    struct parameter *all = cr_malloc(n * sizeof *all);
    for (size_t i = 0; i < n; i++) {
        all[i].length = 1 + i * 100;
        all[i].text = cr_malloc(all[i].length + 1);
        memset(all[i].text, 'x', all[i].length);
        all[i].text[all[i].length] = 0;
    }
    return cr_make_param_array(struct parameter, all, n, free_parameters);
}

ParameterizedTest(struct parameter *one, criterion_304, texts)
{
    kept = strdup(one->text);
    cr_assert_eq(strlen(kept), one->length);
    free(kept);
}

/* Criterion #508: output after an assertion on redirected output. */
Test(criterion_508, writes_afterwards, .init = cr_redirect_stderr)
{
    fprintf(stderr, "something");
    cr_assert_stderr_eq_str("something");
    fprintf(stderr, " else");
    fflush(stderr);
}

Test(criterion_508, before, .init = cr_redirect_stderr)
{
    fprintf(stderr, "something");
    cr_assert_stderr_eq_str("something");
}

/* Criterion #501: an assertion on an array leaks memory of Criterion's. */
#ifdef PLUGIN
Test(criterion_501, passes, .data = cr_alloc_budget(.allocs = at_most(0), .leaks = at_most(0)))
#else
Test(criterion_501, passes)
#endif
{
    int vector[3] = { 1, 2, 3 }, expected[3] = { 1, 2, 3 };
    for (int i = 0; i < 100; i++)
        cr_assert(eq(int[3], vector, expected));
}

/* Criterion #46: a failed assertion crashes at -O1. */
Test(criterion_46, fails)
{
    cr_assert_eq(strlen("meow"), 5);
}

#ifdef PLUGIN

Test(criterion_508, no_allocation, .init = cr_redirect_stderr)
{
    cr_expect_no_alloc(kept = strdup("redirected"));
    free(kept);
}

/* Criterion #303: the message of a failed assertion needs malloc, which the test makes fail. */
Test(criterion_303, fails)
{
    at_fail_from(0);
    cr_expect_eq(1, 2, "the first message");
    cr_assert_null(kept = malloc(10));
    cr_assert(0, "the second message");
}

Test(criterion_303, passes)
{
    at_fail_from(0);
    cr_assert_null(kept = malloc(10));
}

/* llvm #145085: free(NULL) is no release. */
__attribute__((weak)) void free_sized(void *block, size_t size);
__attribute__((weak)) void free_aligned_sized(void *block, size_t alignment, size_t size);

Test(llvm_145085, null)
{
    cr_assert_no_heap(free(NULL));
    if (free_sized)
        cr_assert_no_heap(free_sized(NULL, 0));
    if (free_aligned_sized)
        cr_assert_no_heap(free_aligned_sized(NULL, 0, 0));
}

Test(llvm_145085, block)
{
    kept = malloc(10);
    cr_assert_no_free(free_sized ? free_sized(kept, 10) : free(kept));
}

#endif
