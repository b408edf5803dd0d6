/* SPDX-License-Identifier: MIT */
/* The criteria in C++, and criteria that an exception leaves. */
#include "criteria.h"

#include <stdexcept>

static void take_and_throw()
{
    take(8);
    throw std::runtime_error("thrown");
}

/* A criterion that is left before its end does not hold. */
Test(exceptions, fail_no_alloc_left)
{
    try {
        cr_assert(no_alloc(take_and_throw()));
    } catch (const std::runtime_error &) {
    }
}

Test(exceptions, pass_negated_left)
{
    try {
        cr_assert(not(no_alloc(take_and_throw())));
    } catch (const std::runtime_error &) {
    }
}
