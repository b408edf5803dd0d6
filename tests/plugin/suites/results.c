/* SPDX-License-Identifier: MIT */
/* See results.h. This file has the tests for C only. */
#include "results.h"

#include <criterion/theories.h>

TheoryDataPoints(sets, theory) = {
    DataPoints(int, 1, 2, 3),
    DataPoints(int, 10, 20),
};

Theory((int a, int b), sets, theory)
{
    spend((size_t) (a * b));
}
