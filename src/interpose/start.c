/* SPDX-License-Identifier: MIT */
/*
 * The constructor of the library. It does everything that must not happen inside an allocation,
 * installs the sanitizer's hooks, and runs the self-probe. Earlier allocations are counted too.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "attribution/module.h"
#include "attribution/runtime_owned.h"
#include "base/other_stack.h"
#include "guard/scope_guards.h"
#include "interpose/call.h"
#include "interpose/jump.h"
#include "interpose/probe.h"
#include "interpose/underlying.h"
#include "symbols/symbolize.h"
#include "track/observed.h"
#include "track/thread.h"
#include "track/tracker.h"
#include "unwind/capture.h"

typedef void malloc_hook(const volatile void *block, size_t size);
typedef void free_hook(const volatile void *block);

int __sanitizer_install_malloc_and_free_hooks(malloc_hook *on_malloc, free_hook *on_free)
    __attribute__((weak));

static bool is_inside(void)
{
    return at_stack_pointer() < at_local.inside;
}

/* The hooks of a sanitizer. They report the allocations that do not come through this library:
   operator new, and calls from within libc. */
static void on_malloc(const volatile void *block, size_t size)
{
    if (is_inside())
        return;
    struct at_call call = at_call_begin(AT_NEW, size, __builtin_return_address(0));
    at_call_end(&call, (const void *) block);
}

static void on_free(const volatile void *block)
{
    if (is_inside() || !block)
        return;
    at_call_free(AT_DELETE, (void *) block, __builtin_return_address(0));
}

/* glibc passes the environment to constructors. In the preloaded object, this constructor runs
   before that of libc, which sets `environ`. An underlying allocator may read its options from
   `environ` at its first call, which this library may make. */
static void find_environment(char **environment)
{
#ifdef __GLIBC__
    if (!environ)
        environ = environment;
#else
    (void) environment;
#endif
}

/* Runs before the other constructors of this object, so that their allocations are observed. */
static __attribute__((constructor(101))) void start(int argc, char **argv, char **environment)
{
    (void) argc;
    (void) argv;
    find_environment(environment);
    at_underlying_resolve();
    at_underlying_start();
    at_suspend();
    at_thread_get();
    at_thread_start();
    at_fork_start();
    at_module_start();
    at_runtime_owned_start();
    at_stack_start();
    at_other_stack_start();
    at_symbolize_start();
    at_jump_start();
    at_scope_guards_start();
    if (at_underlying.sanitized && __sanitizer_install_malloc_and_free_hooks)
        __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    at_resume();
    at_observed_set_reason(at_probe());
}
