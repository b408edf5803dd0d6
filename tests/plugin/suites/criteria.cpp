/* SPDX-License-Identifier: MIT */
/* The criteria in C++, and what an exception makes of one. */
#include "criteria.h"

#include <stdexcept>

static void take_and_throw()
{
    take(8);
    throw std::runtime_error("thrown");
}

/* Left before its end, a criterion cannot say that it holds. */
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
