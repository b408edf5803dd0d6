/* SPDX-License-Identifier: MIT */
/*
 * This library's calls of libc functions, in a dynamic program.
 *
 * A program, or a preloaded object, may define a function with the name of a libc function: a
 * test's mock of open(), for example. This library must not call the mock, which may count its
 * calls, return false results or abort. So the library calls libc's own functions, whatever the
 * program defines.
 *
 * The source code calls the functions by their usual names. combine.sh redirects all calls in the
 * finished objects.
 */
#ifndef AT_BASE_LIBC_H
#define AT_BASE_LIBC_H

/* Direct this library's calls of libc functions to a sanitizer's interceptor or, if there is none,
   to libc's own definition. Before this call, and if neither defines a function, it is called by
   its name. Calls no function and does not allocate. */
void at_libc_bind(void);

/* pthread_atfork(), atexit() and at_quick_exit(). glibc has these in an archive that is linked into
   each program, so a definition of the program's would replace them. Return 0, or another number if
   there is no memory. */
int at_libc_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
int at_libc_atexit(void (*function)(void));
int at_libc_at_quick_exit(void (*function)(void));

#endif
