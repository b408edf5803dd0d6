/* SPDX-License-Identifier: MIT */
/*
 * Is a C++ exception on its way through this thread? A block left by one is left for a reason of
 * its own, and neither recorded nor left by a longjmp.
 */
#ifndef AT_BASE_EXCEPTIONS_H
#define AT_BASE_EXCEPTIONS_H

int _ZSt19uncaught_exceptionsv(void) __attribute__((weak));

/* std::uncaught_exceptions(), or 0 in a program without C++. */
static inline int at_exceptions_in_flight(void)
{
    return _ZSt19uncaught_exceptionsv ? _ZSt19uncaught_exceptionsv() : 0;
}

#endif
