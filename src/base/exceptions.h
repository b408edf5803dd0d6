/* SPDX-License-Identifier: MIT */
/*
 * Is a C++ exception on its way through this thread? A block left by one is left for a reason of
 * its own, and neither recorded nor left by a longjmp.
 */
#ifndef AT_BASE_EXCEPTIONS_H
#define AT_BASE_EXCEPTIONS_H

/* std::uncaught_exceptions(), or 0 in a program without C++. */
int at_exceptions_in_flight(void);

#endif
