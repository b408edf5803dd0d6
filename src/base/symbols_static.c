/* SPDX-License-Identifier: MIT */
/*
 * See symbols.h. A fully static program contains a function only if something refers to it; a weak
 * reference is NULL otherwise. Our own longjmp() refers to libc's, which the option --wrap of ld
 * names __real_longjmp. As everywhere in this library, `malloc` and `free` are the functions that
 * the program calls.
 */
#include "base/symbols.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define WEAK __attribute__((weak))

void _IO_default_pbackfail(void) WEAK;
void _IO_doallocbuf(void) WEAK;
void _IO_file_doallocate(void) WEAK;
void _IO_wdefault_pbackfail(void) WEAK;
void _IO_wdoallocbuf(void) WEAK;
void __cxa_allocate_dependent_exception(void) WEAK;
void __cxa_allocate_exception(void) WEAK;
void __cxa_demangle(void) WEAK;
void __cxa_get_globals(void) WEAK;
void __cxa_thread_atexit_impl(void) WEAK;
void _dl_allocate_tls(void) WEAK;

void __real_longjmp(void);
void __real__longjmp(void);
void __real_siglongjmp(void);
void __real_pthread_exit(void);
#ifdef __GLIBC__
void __real___longjmp_chk(void);
#else
void __real___longjmp_chk(void) WEAK;
#endif

struct symbol {
    const char *name;
    void *address;
};

static void *find_address(const struct symbol *symbols, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(symbols[i].name, name) == 0)
            return symbols[i].address;
    return NULL;
}

const bool at_symbols_are_static = true;

void *at_symbol(const char *name)
{
    const struct symbol symbols[] = {
        { "malloc", (void *) malloc },
        { "free", (void *) free },
        { "_IO_default_pbackfail", (void *) _IO_default_pbackfail },
        { "_IO_doallocbuf", (void *) _IO_doallocbuf },
        { "_IO_file_doallocate", (void *) _IO_file_doallocate },
        { "_IO_wdefault_pbackfail", (void *) _IO_wdefault_pbackfail },
        { "_IO_wdoallocbuf", (void *) _IO_wdoallocbuf },
        { "__cxa_allocate_dependent_exception", (void *) __cxa_allocate_dependent_exception },
        { "__cxa_get_globals", (void *) __cxa_get_globals },
        { "__cxa_allocate_exception", (void *) __cxa_allocate_exception },
        { "__cxa_demangle", (void *) __cxa_demangle },
        { "__cxa_thread_atexit_impl", (void *) __cxa_thread_atexit_impl },
        { "_dl_allocate_tls", (void *) _dl_allocate_tls },
    };
    return find_address(symbols, sizeof symbols / sizeof symbols[0], name);
}

size_t at_symbol_find_name(const void *function, const char *const *names, size_t n)
{
    size_t i = 0;
    while (i < n && at_symbol(names[i]) != function)
        i++;
    return i;
}

void *at_symbol_next(const char *name)
{
    const struct symbol symbols[] = {
        { "longjmp", (void *) __real_longjmp },
        { "_longjmp", (void *) __real__longjmp },
        { "siglongjmp", (void *) __real_siglongjmp },
        { "__longjmp_chk", (void *) __real___longjmp_chk },
        { "pthread_exit", (void *) __real_pthread_exit },
    };
    return find_address(symbols, sizeof symbols / sizeof symbols[0], name);
}
