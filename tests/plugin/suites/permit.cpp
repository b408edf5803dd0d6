/* SPDX-License-Identifier: MIT */
/* The permits in C++. */
#include "permit.h"

#include <stdexcept>

static void permit_and_throw()
{
    cr_permit_alloc
    {
        throw std::runtime_error("out of the block");
    }
}

Test(exceptions, fail_permit_left)
{
    try {
        permit_and_throw();
    } catch (const std::runtime_error &) {
    }
    cr_assert_no_alloc(take(8));
}
