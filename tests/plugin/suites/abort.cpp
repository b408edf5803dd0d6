// SPDX-License-Identifier: MIT
#include "abort.h"

#include <stdexcept>

static void throws(void)
{
    cr_no_alloc_scope
    {
        spend();
        throw 1;
    }
}

/* A statement that an exception leaves has a verdict too. */
Test(abort, n1_exception_caught_outside)
{
    try {
        throws();
    } catch (int) {
    }
}

Test(abort, n1_exception_not_caught)
{
    cr_no_alloc_scope
    {
        spend();
        throw std::runtime_error("out");
    }
}
