/* SPDX-License-Identifier: MIT */
/*
 * See runtime_owned.h. The functions on the stack decide whether a block is runtime-owned. A
 * frame's function is identified by its address: the symbol tables of its object have the addresses
 * of the functions that the object exports. So the functions of several C++ runtimes are
 * recognised, also those of a runtime that dlopen() loads later. Functions that are not exported
 * have no names in Debian's libraries and cannot be listed here.
 */
#include "attribution/runtime_owned.h"

#include <stdio.h>

#include "attribution/module.h"
#include "base/symbols.h"
#include "unwind/capture.h"

#define N(Array) (sizeof(Array) / sizeof(Array)[0])

/* Every block that is allocated during a call of these is runtime-owned. */
static const char *const any_depth[] = {
    /* threads and thread-local variables: libc, libgcc */
    "_dl_allocate_tls",
    "__tls_get_addr",
    "__cxa_thread_atexit_impl",
    "__cxa_thread_atexit",
    "__emutls_get_address",
    "pthread_setspecific",
    /* exceptions: libstdc++, libc++abi, libgcc; the first use of libgcc_s opens it */
    "__cxa_allocate_exception",
    "__cxa_allocate_dependent_exception",
    "__cxa_get_globals",
    "_Unwind_Find_FDE",
    "pthread_cancel",
    "pthread_exit",
    "backtrace",
    /* handlers of fork() */
    "__register_atfork",
    /* messages that a later call of the same function replaces */
    "_dl_exception_create",
    "_dl_exception_create_format",
    "dlerror",
    "strerror_l",
    "strsignal",
    /* locales and their character converters */
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
    /* std::ios_base::sync_with_stdio() allocates the buffers of std::cout and the like */
    "_ZNSt8ios_base15sync_with_stdioEb",
};

/* The same, except for the block that these functions allocate themselves: it is their result. */
static const char *const below_result[] = { "newlocale" };

/* Of these, only the blocks that their own object allocates, the state of dlerror(), are
   runtime-owned. The opened object is the user's. */
static const char *const same_object[] = {
    "dlclose", "dlinfo", "dlmopen", "dlopen", "dlsym", "dlvsym",
};

/* The buffers of a stream: those of narrow and of wide characters, and those of ungetc(). */
static const char *const buffer[] = {
    "_IO_file_doallocate",   "_IO_doallocbuf",         "_IO_wdoallocbuf",
    "_IO_default_pbackfail", "_IO_wdefault_pbackfail",
};

/* The functions of a C++ runtime that was linked into the program, which does not export them. */
extern const char __cxa_allocate_exception[] __attribute__((weak));
extern const char __cxa_allocate_dependent_exception[] __attribute__((weak));
extern const char __cxa_get_globals[] __attribute__((weak));
extern const char _ZNSt8ios_base15sync_with_stdioEb[] __attribute__((weak));

static bool is_linked_in(const void *function)
{
    return function == __cxa_allocate_exception || function == __cxa_allocate_dependent_exception
           || function == __cxa_get_globals || function == _ZNSt8ios_base15sync_with_stdioEb;
}

static bool is_one_of(const void *function, const char *const *names, size_t n)
{
    return at_symbol_find_name(function, names, n) < n;
}

/* Classify the block by the function of its frame number `depth` from 0. `inside` is true if all
   inner frames are in the object of that function. */
static enum at_runtime_owned classify_function(const void *function, size_t depth, bool inside)
{
    if (is_one_of(function, any_depth, N(any_depth)))
        return AT_RUNTIME_OWNED_ALWAYS;
    if (depth > 0 && is_one_of(function, below_result, N(below_result)))
        return AT_RUNTIME_OWNED_ALWAYS;
    if (inside && is_one_of(function, same_object, N(same_object)))
        return AT_RUNTIME_OWNED_ALWAYS;
    return is_one_of(function, buffer, N(buffer)) ? AT_RUNTIME_OWNED_AS_BUFFER
                                                  : AT_RUNTIME_OWNED_NEVER;
}

enum at_runtime_owned at_runtime_owned_kind(const uintptr_t *frames, size_t n_frames)
{
    enum {
        MAX_INNER = 3
    }; /* below a runtime function that was linked into the program, at most
          two functions, as below sync_with_stdio() */
    struct at_module module = { .end = 0 };
    if (n_frames == 1 && at_stack_is_in_unwinder(frames[0]))
        return AT_RUNTIME_OWNED_ALWAYS; /* an unwind table that libgcc sorted */
    bool inside = true;
    bool runtime = true; /* all frames so far are the runtime's */
    for (size_t i = 0; i < n_frames; i++) {
        if (!at_module_contains(&module, frames[i])) {
            inside = i == 0;
            if (!at_module_find(frames[i], &module))
                break;
        }
        runtime &= module.owner == AT_OWNER_RUNTIME || at_symbols_are_static;
        if (!runtime && i >= MAX_INNER)
            break;
        const void *function = at_stack_function(frames[i]);
        if (function && is_linked_in(function))
            return AT_RUNTIME_OWNED_ALWAYS;
        enum at_runtime_owned kind =
            function && runtime ? classify_function(function, i, inside) : AT_RUNTIME_OWNED_NEVER;
        if (kind != AT_RUNTIME_OWNED_NEVER)
            return kind;
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

/* Indices of pointers in struct _IO_wide_data (libio/libio.h of glibc), which no header declares.
 */
enum { WIDE_READ_BASE = 2, WIDE_BUFFER = 6, WIDE_SAVE_BASE = 8 };

/* Get the buffers of a stream. While characters of ungetc() are read, the stream reads from their
   buffer and has saved its own position; else the stream has saved their buffer. */
static void get_buffers(const FILE *stream, uintptr_t buffers[AT_RUNTIME_OWNED_PER_STREAM])
{
    enum { IN_BACKUP = 0x100 };
    const uintptr_t *wide = (const void *) stream->_wide_data;
    bool in_backup = stream->_flags & IN_BACKUP;
    buffers[0] = (uintptr_t) stream->_IO_buf_base;
    buffers[1] = wide ? wide[WIDE_BUFFER] : 0;
    if (wide && stream->_mode > 0)
        buffers[2] = wide[in_backup ? WIDE_READ_BASE : WIDE_SAVE_BASE];
    else
        buffers[2] = (uintptr_t) (in_backup ? stream->_IO_read_base : stream->_IO_save_base);
}

void at_runtime_owned_buffers(uintptr_t buffers[AT_RUNTIME_OWNED_BUFFERS])
{
    for (size_t i = 0; i < AT_RUNTIME_OWNED_BUFFERS; i++)
        buffers[i] = 0;
    for (size_t i = 0; i < N(streams); i++)
        if (streams[i])
            get_buffers(streams[i], &buffers[i * AT_RUNTIME_OWNED_PER_STREAM]);
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
