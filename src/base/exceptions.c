/* SPDX-License-Identifier: MIT */
/* See exceptions.h. */
#include "base/exceptions.h"

int _ZSt19uncaught_exceptionsv(void) __attribute__((weak));

int at_exceptions_in_flight(void)
{
    return _ZSt19uncaught_exceptionsv ? _ZSt19uncaught_exceptionsv() : 0;
}
