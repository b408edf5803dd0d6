// SPDX-License-Identifier: MIT
// See results.h. This file has the tests for C++ only.
#include "results.h"

#include <stdexcept>
#include <vector>

Test(ends, throws)
{
    std::vector<int> numbers(10);
    throw std::runtime_error("not caught");
}
