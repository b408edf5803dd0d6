/* SPDX-License-Identifier: MIT */
/*
 * See hints.h. The behaviour of glibc 2.36 was measured: printf() allocates the buffer of its
 * stream once (1,024 bytes for a terminal, 4,096 for a file). localtime() reads the file of the
 * time zone, and setlocale() archives. pthread_create() allocates a thread's descriptor, unless it
 * can use that of an exited thread. qsort() copies an array of 1,024 bytes or more on every call.
 */
#include "verdict/hints.h"

#include <stddef.h>
#include <string.h>

#include "attribution/runtime_owned.h"

struct hint {
    const char *prefix; /* of the function's name */
    const char *text;
};

static const char stdio[] =
    "a stream's first use allocates its buffer: set .warmup = 1, or call setvbuf() before the "
    "measured code";

#define TIME_ZONE                                                                                  \
    "the first use of a time function reads the time zone: set .warmup = 1, or call tzset() "      \
    "before "                                                                                      \
    "the measured code"

static const struct hint hints[] = {
    { "printf", stdio },
    { "vprintf", stdio },
    { "fprintf", stdio },
    { "vfprintf", stdio },
    { "puts", stdio },
    { "fputs", stdio },
    { "putchar", stdio },
    { "putc", stdio },
    { "fputc", stdio },
    { "fwrite", stdio },
    { "fread", stdio },
    { "fgets", stdio },
    { "getc", stdio },
    { "fgetc", stdio },
    { "std::ios_base::sync_with_stdio",
      "sync_with_stdio(false) allocates the buffers of std::cin, std::cout and the other standard "
      "streams, once: call it before the measured code" },
    { "localtime", TIME_ZONE },
    { "tz_convert", TIME_ZONE }, /* to which localtime jumps */
    { "mktime", TIME_ZONE },
    { "strftime", TIME_ZONE },
    { "setlocale", "setlocale() loads locale data: call it before the measured code" },
    { "tls_get_addr",
      "a thread's first access to a thread-local variable of a library that dlopen() loaded "
      "allocates the variable: set .warmup = 1, or link the library" },
    { "pthread_create",
      "a new thread needs a descriptor, unless libc can reuse that of an ended thread: start "
      "threads before the measured code" },
    { "qsort", "qsort() copies an array of 1,024 bytes or more, on every call" },
    { "cxa_allocate_exception", "throwing a C++ exception allocates it, every time" },
};

static const char *find_hint(const struct at_call_site *site, const char *function)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        size_t n = strlen(hints[i].prefix);
        char next = strncmp(function, hints[i].prefix, n) == 0 ? function[n] : 'x';
        if (next == '\0' || next == '_' || next == '(')
            return hints[i].text;
    }
    /* std::cout and other code that uses a stream of stdio */
    return site->runtime_owned == AT_RUNTIME_OWNED_AS_BUFFER ? stdio : NULL;
}

const char *at_hint_find(const struct at_call_site *site, const char *function,
                         enum at_metric metric)
{
    const char *hint = find_hint(site, function);
    /* A leaked buffer is that of a stream that was not closed. */
    return hint == stdio && metric == AT_METRIC_LEAKS ? NULL : hint;
}
