/* SPDX-License-Identifier: MIT */
/*
 * See parameters.h. Criterion calls the generators one after another, in the order of the set, and
 * releases an array before it calls the next generator. So one current test and one array are
 * enough.
 */
#include "runner/parameters.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/internal/ordered-set.h>
#include <criterion/internal/parameterized.h>

typedef struct criterion_test_params generator(void);

/* The parameterised tests, in the order of the set. The generator of test `at` is called next. */
static struct {
    struct numbered {
        struct criterion_test_extra_data *data;
        const struct criterion_test_extra_data *suite;
        generator *generator;
        struct criterion_alloc_entry *entry;
    } * tests;
    size_t n;
    size_t at;
} all;

static struct criterion_test_params theirs; /* of the test whose parameters are run now */

enum { ALIGNMENT = 16 };

static size_t padded(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void clean_up(struct criterion_test_params *ours)
{
    free(ours->params);
    if (theirs.cleanup)
        theirs.cleanup(&theirs);
}

static bool is_disabled(const struct numbered *test)
{
    return test->data->disabled || (test->suite && test->suite->disabled);
}

static struct criterion_test_params generate(void)
{
    while (all.at < all.n && is_disabled(&all.tests[all.at]))
        all.at++;
    if (all.at == all.n)
        abort(); /* Criterion calls no generator twice */
    struct numbered *test = &all.tests[all.at++];
    theirs = test->generator();
    size_t offset = padded(theirs.size);
    struct criterion_test_params ours = theirs;
    ours.size = offset + ALIGNMENT;
    ours.params = theirs.length ? calloc(theirs.length, ours.size) : NULL;
    if (!ours.params)
        return theirs; /* empty, or no memory: they run without indices */
    for (size_t i = 0; i < theirs.length; i++) {
        char *element = (char *) ours.params + i * ours.size;
        memcpy(element, (const char *) theirs.params + i * theirs.size, theirs.size);
        int32_t index = (int32_t) i;
        memcpy(element + offset, &index, sizeof index);
    }
    ours.cleanup = clean_up;
    test->entry->parameter_offset = (uint32_t) offset;
    return ours;
}

static bool is_parameterized(const struct criterion_test *test)
{
    return test->data->kind_ == CR_TEST_PARAMETERIZED && test->data->param_;
}

void criterion_alloc_parameters_number(struct criterion_alloc_shared *shared,
                                       struct criterion_test_set *set)
{
    for (size_t i = 0; i < all.n; i++) /* a program may run its tests twice */
        all.tests[i].data->param_ = all.tests[i].generator;
    free(all.tests);
    all.at = all.n = 0;
    all.tests = calloc(set->tests + 1, sizeof *all.tests);
    uint32_t index = 0;
    FOREACH_SET (struct criterion_suite_set *suite, set->suites) {
        if (!suite->tests)
            continue;
        FOREACH_SET (struct criterion_test *test, suite->tests) {
            struct criterion_alloc_entry *entry = criterion_alloc_shared_entry(shared, index++);
            if (!all.tests || !is_parameterized(test))
                continue;
            all.tests[all.n++] = (struct numbered){
                .data = test->data,
                .suite = suite->suite.data,
                .generator = test->data->param_,
                .entry = entry,
            };
            test->data->param_ = generate;
        }
    }
}
