/* SPDX-License-Identifier: MIT */
/*
 * C++ exceptions in flight. A block that an exception leaves is left for a reason that has nothing
 * to do with allocation, so no verdict is made of it.
 */
#ifndef AT_BASE_EXCEPTIONS_H
#define AT_BASE_EXCEPTIONS_H

int _ZSt19uncaught_exceptionsv(void) __attribute__((weak));

/* Return the number of C++ exceptions that this thread has thrown and not caught yet: the value of
   std::uncaught_exceptions(), or 0 in a program without C++. */
static inline int at_exceptions_in_flight(void)
{
    return _ZSt19uncaught_exceptionsv ? _ZSt19uncaught_exceptionsv() : 0;
}

#endif
