/* SPDX-License-Identifier: MIT */
#include "aborted.h"

#include <stdexcept>

Test(aborted, throws, .fini = give, NO_LEAK)
{
    take();
    throw std::runtime_error("not now");
}
