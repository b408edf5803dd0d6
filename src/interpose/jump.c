/* SPDX-License-Identifier: MIT */
/*
 * The longjmp family and pthread_exit, as the whole process sees them: what stands open in the
 * frames that are left is told, then the jump goes on.
 *
 * Where a jump goes stands in its jmp_buf, which glibc on x86-64 fills with mangled pointers:
 * rotated left by 17 bits after an exclusive or with the guard at %fs:0x30 (sysdeps/unix/sysv/
 * linux/x86_64/pointer_guard.h). Whether that holds here is tried out at start; where it does not,
 * or on another machine, a jump leaves every frame for all we know.
 */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>

#include "alloc_tracker/attributes.h"
#include "base/symbols.h"
#include "guard/scope_guards.h"
#include "interpose/jump.h"

typedef void jump(struct __jmp_buf_tag *env, int value);

/* Not declared anywhere: what longjmp() is with _FORTIFY_SOURCE. */
AT_API void __longjmp_chk(struct __jmp_buf_tag env[1], int value) __attribute__((noreturn));

/* A sanitizer's, which clears its shadow of the stack first. */
jump __interceptor_longjmp __attribute__((weak));
jump __interceptor__longjmp __attribute__((weak));
jump __interceptor_siglongjmp __attribute__((weak));
jump __interceptor___longjmp_chk __attribute__((weak));

static bool is_readable; /* the targets in a jmp_buf */

/* What comes after ours. */
static struct {
    jump *longjmp;
    jump *_longjmp;
    jump *siglongjmp;
    jump *__longjmp_chk;
    void (*pthread_exit)(void *result);
} next;

static jump *find(jump *sanitizer, const char *name)
{
    return sanitizer ? sanitizer : (jump *) at_symbol_next(name);
}

/* Once, before the first jump: to look for a symbol may allocate, and forgets what dlerror() has
   to say. A library's constructor may jump before our own ran. */
static void find_next(void)
{
    if (next.longjmp)
        return;
    next.pthread_exit = (void (*)(void *)) at_symbol_next("pthread_exit");
    next.__longjmp_chk = find(__interceptor___longjmp_chk, "__longjmp_chk");
    next.siglongjmp = find(__interceptor_siglongjmp, "siglongjmp");
    next._longjmp = find(__interceptor__longjmp, "_longjmp");
    next.longjmp = find(__interceptor_longjmp, "longjmp");
}

#if defined(__x86_64__) && defined(__GLIBC__)

static uintptr_t target_of(const struct __jmp_buf_tag *env)
{
    enum { STACK_POINTER = 6 };
    uintptr_t pointer = (uintptr_t) env->__jmpbuf[STACK_POINTER];
    __asm__("rorq $17, %0\n\txorq %%fs:0x30, %0" : "+r"(pointer) : : "cc");
    return pointer;
}

#else

static uintptr_t target_of(const struct __jmp_buf_tag *env)
{
    (void) env;
    return 0;
}

#endif

static void leave(const struct __jmp_buf_tag *env)
{
    find_next();
    at_scope_guards_leave(is_readable ? target_of(env) : 0);
}

AT_API void longjmp(struct __jmp_buf_tag env[1], int value)
{
    leave(env);
    next.longjmp(env, value);
    __builtin_unreachable();
}

AT_API void _longjmp(struct __jmp_buf_tag env[1], int value)
{
    leave(env);
    next._longjmp(env, value);
    __builtin_unreachable();
}

AT_API void siglongjmp(sigjmp_buf env, int value)
{
    leave(env);
    next.siglongjmp(env, value);
    __builtin_unreachable();
}

AT_API void __longjmp_chk(struct __jmp_buf_tag env[1], int value)
{
    leave(env);
    next.__longjmp_chk(env, value);
    __builtin_unreachable();
}

/* Compiled without -fexceptions, the frames that a thread's end leaves run no cleanup either. */
AT_API void pthread_exit(void *result)
{
    find_next();
    at_scope_guards_leave(UINTPTR_MAX);
    next.pthread_exit(result);
    __builtin_unreachable();
}

/* This small frame's own stack pointer must come out of the jmp_buf. */
__attribute__((noinline)) void at_jump_start(void)
{
    find_next();
    jmp_buf env;
    if (setjmp(env) != 0)
        return;
    uintptr_t frame = (uintptr_t) __builtin_frame_address(0);
    uintptr_t pointer = target_of(env);
    is_readable = pointer <= frame && frame - pointer < 4096;
}
