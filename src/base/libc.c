/* SPDX-License-Identifier: MIT */
/* See libc.h. */
#include "base/libc.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#ifdef __GLIBC__

/* The functions of libc.so that the archive's functions call, which no header declares. The last
   argument identifies the calling object. */
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                      void *object);
int __cxa_atexit(void (*function)(void *), void *argument, void *object);
int __cxa_at_quick_exit(void (*function)(void *), void *object);
extern void *__dso_handle __attribute__((visibility("hidden")));

int at_libc_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    return __register_atfork(prepare, parent, child, __dso_handle);
}

int at_libc_atexit(void (*function)(void))
{
    return __cxa_atexit((void (*)(void *)) function, NULL, __dso_handle);
}

int at_libc_at_quick_exit(void (*function)(void))
{
    return __cxa_at_quick_exit((void (*)(void *)) function, __dso_handle);
}

#else

int at_libc_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    return pthread_atfork(prepare, parent, child);
}

int at_libc_atexit(void (*function)(void))
{
    return atexit(function);
}

int at_libc_at_quick_exit(void (*function)(void))
{
    return at_quick_exit(function);
}

#endif
