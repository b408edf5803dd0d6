/* SPDX-License-Identifier: MIT */
/*
 * libc as this library calls it, in a dynamic program: past what the program, or an object that is
 * preloaded, defines under the name of a function of libc's. A test's mock of open() is no answer
 * to a question of ours, counts our call for one of the tested code's, and may abort.
 *
 * Nothing of this is seen where a function is called: combine.sh redirects all calls of the
 * finished objects.
 */
#ifndef AT_BASE_LIBC_H
#define AT_BASE_LIBC_H

/* Point this library's calls of libc's functions to a sanitizer's interceptor, or else to libc's
   own definition. A function that neither defines is called by its name, as all are before. Calls
   nothing, and does not allocate. */
void at_libc_bind(void);

/* pthread_atfork(), atexit() and at_quick_exit(), which glibc links into each program from an
   archive: a program's own would take their place. Return 0, or another number if there is no
   memory. */
int at_libc_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
int at_libc_atexit(void (*function)(void));
int at_libc_at_quick_exit(void (*function)(void));

#endif
