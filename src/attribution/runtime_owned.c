/* SPDX-License-Identifier: MIT */
/*
 * See runtime_owned.h. The functions on the stack decide. A frame's function is known by its
 * address: the tables of the object that holds it list what that object exports. So each of several
 * C++ runtimes is known, also one that dlopen() loads later. A function that is not exported has no
 * name in Debian's libraries and cannot be listed here.
 */
#include "attribution/runtime_owned.h"

#include <stdio.h>

#include "attribution/module.h"
#include "base/symbols.h"
#include "unwind/capture.h"

#define N(Array) (sizeof(Array) / sizeof(Array)[0])

/* Every block that is allocated during a call of these is runtime-owned. */
static const char *const beneath[] = {
    /* threads and thread-local variables: libc, libgcc */
    "_dl_allocate_tls",
    "__tls_get_addr",
    "__cxa_thread_atexit_impl",
    "__cxa_thread_atexit",
    "__emutls_get_address",
    "pthread_setspecific",
    /* exceptions: libstdc++, libc++abi, libgcc; who needs libgcc_s first opens it */
    "__cxa_allocate_exception",
    "__cxa_allocate_dependent_exception",
    "__cxa_get_globals",
    "_Unwind_Find_FDE",
    "pthread_cancel",
    "pthread_exit",
    "backtrace",
    /* handlers of fork() */
    "__register_atfork",
    /* messages that a later call replaces */
    "_dl_exception_create",
    "_dl_exception_create_format",
    "dlerror",
    "strerror_l",
    "strsignal",
    /* locales, and the converters of their characters */
    "setlocale",
    "btowc",
    "mbrtowc",
    "mbtowc",
    "mbsnrtowcs",
    "mbsrtowcs",
    "wcrtomb",
    "wcsnrtombs",
    "wcsrtombs",
    "wctob",
    "wctomb",
    /* results in static memory */
    "getgrgid",
    "getgrnam",
    "getpwnam",
    "getpwuid",
    "gethostbyaddr",
    "gethostbyname",
    "getprotobyname",
    "getservbyname",
    "getservbyport",
    "mktime",
    "tzset",
    /* std::ios_base::sync_with_stdio() gives std::cout and its kin buffers of their own */
    "_ZNSt8ios_base15sync_with_stdioEb",
};

/* The same, but for the block that they allocate themselves: it is their result. */
static const char *const deeper[] = { "newlocale" };

/* Only what their own object allocates, the state of dlerror(): an opened object belongs to the
   user. */
static const char *const within[] = {
    "dlclose", "dlinfo", "dlmopen", "dlopen", "dlsym", "dlvsym",
};

static const char *const buffer[] = { "_IO_file_doallocate", "_IO_wdoallocbuf" };

/* The same where a C++ runtime was linked into the program, which then exports none of them. */
extern const char __cxa_allocate_exception[] __attribute__((weak));
extern const char __cxa_allocate_dependent_exception[] __attribute__((weak));
extern const char __cxa_get_globals[] __attribute__((weak));

static bool is_linked_in(const void *function)
{
    return function == __cxa_allocate_exception || function == __cxa_allocate_dependent_exception
           || function == __cxa_get_globals;
}

static bool is_one_of(const void *function, const char *const *names, size_t n)
{
    return at_symbol_find_name(function, names, n) < n;
}

/* What the `depth`th frame says of the block; `inside`: all inner frames lie in its object. */
static enum at_runtime_owned judge(const void *function, size_t depth, bool inside)
{
    if (is_one_of(function, beneath, N(beneath)))
        return AT_RUNTIME_OWNED_ALWAYS;
    if (depth > 0 && is_one_of(function, deeper, N(deeper)))
        return AT_RUNTIME_OWNED_ALWAYS;
    if (inside && is_one_of(function, within, N(within)))
        return AT_RUNTIME_OWNED_ALWAYS;
    return is_one_of(function, buffer, N(buffer)) ? AT_RUNTIME_OWNED_AS_BUFFER
                                                  : AT_RUNTIME_OWNED_NEVER;
}

static bool is_in(const struct at_module *module, uintptr_t address)
{
    return address - module->start < module->end - module->start;
}

enum at_runtime_owned at_runtime_owned_kind(const uintptr_t *frames, size_t n_frames)
{
    enum { AT_MOST_BENEATH = 2 }; /* libc++abi's functions have one of their own beneath them */
    struct at_module module = { .end = 0 };
    if (n_frames == 1 && at_stack_is_in_unwinder(frames[0]))
        return AT_RUNTIME_OWNED_ALWAYS; /* a table that it sorted */
    bool inside = true;
    bool runtime = true; /* no frame of the user's was met */
    for (size_t i = 0; i < n_frames; i++) {
        if (!is_in(&module, frames[i])) {
            inside = i == 0;
            if (!at_module_find(frames[i], &module))
                break;
        }
        runtime &= module.owner == AT_OWNER_RUNTIME || at_symbols_are_static;
        if (!runtime && i >= AT_MOST_BENEATH)
            break;
        const void *function = at_stack_function(frames[i]);
        if (function && is_linked_in(function))
            return AT_RUNTIME_OWNED_ALWAYS;
        enum at_runtime_owned kept =
            function && runtime ? judge(function, i, inside) : AT_RUNTIME_OWNED_NEVER;
        if (kept != AT_RUNTIME_OWNED_NEVER)
            return kept;
    }
    return AT_RUNTIME_OWNED_NEVER;
}

#ifdef __GLIBC__

static const FILE *streams[3];

void at_runtime_owned_start(void)
{
    streams[0] = stdin;
    streams[1] = stdout;
    streams[2] = stderr;
}

/* The buffer's pointer follows six others in both structures: libio/libio.h of glibc. A stream of
   wide characters has a second buffer. */
void at_runtime_owned_buffers(uintptr_t buffers[AT_RUNTIME_OWNED_BUFFERS])
{
    enum { WIDE_BUFFER = 6 };
    for (size_t i = 0; i < N(streams); i++) {
        const FILE *stream = streams[i];
        const uintptr_t *wide = stream ? (const void *) stream->_wide_data : NULL;
        buffers[2 * i] = stream ? (uintptr_t) stream->_IO_buf_base : 0;
        buffers[2 * i + 1] = wide ? wide[WIDE_BUFFER] : 0;
    }
}

#else

void at_runtime_owned_start(void)
{
}

void at_runtime_owned_buffers(uintptr_t buffers[AT_RUNTIME_OWNED_BUFFERS])
{
    for (size_t i = 0; i < AT_RUNTIME_OWNED_BUFFERS; i++)
        buffers[i] = 0;
}

#endif
