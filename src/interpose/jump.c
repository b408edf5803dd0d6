/* SPDX-License-Identifier: MIT */
/*
 * The longjmp family and pthread_exit that the whole process calls. They end the scope guards of
 * the frames that are left, and then call the functions that they replace.
 *
 * The target of a jump is in its jmp_buf. On x86-64, glibc stores mangled pointers there: an
 * exclusive or with the guard at %fs:0x30, then a rotation to the left by 17 bits (sysdeps/unix/
 * sysv/linux/x86_64/pointer_guard.h). A trial at start finds out whether this is so. If it is not,
 * and on other machines, the target is unknown and may leave any frame.
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

/* No header declares this function, which longjmp() calls with _FORTIFY_SOURCE. */
AT_API void __longjmp_chk(struct __jmp_buf_tag env[1], int value) __attribute__((noreturn));

/* Of a sanitizer: they clear its shadow of the stack first. */
jump __interceptor_longjmp __attribute__((weak));
jump __interceptor__longjmp __attribute__((weak));
jump __interceptor_siglongjmp __attribute__((weak));
jump __interceptor___longjmp_chk __attribute__((weak));

static bool is_readable; /* the target in a jmp_buf can be read */

/* The functions that are replaced. */
static struct {
    jump *longjmp;
    jump *_longjmp;
    jump *siglongjmp;
    jump *__longjmp_chk;
    void (*pthread_exit)(void *result);
} next;

static jump *find_jump(jump *sanitizer, const char *name)
{
    return sanitizer ? sanitizer : (jump *) at_symbol_next(name);
}

/* Find the replaced functions once, before the first jump: a search for a symbol may allocate, and
   changes the result of dlerror(). A library's constructor may jump before this library's. */
static void find_next(void)
{
    if (next.longjmp)
        return;
    next.pthread_exit = (void (*)(void *)) at_symbol_next("pthread_exit");
    next.__longjmp_chk = find_jump(__interceptor___longjmp_chk, "__longjmp_chk");
    next.siglongjmp = find_jump(__interceptor_siglongjmp, "siglongjmp");
    next._longjmp = find_jump(__interceptor__longjmp, "_longjmp");
    next.longjmp = find_jump(__interceptor_longjmp, "longjmp");
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

static void end_scope_guards(const struct __jmp_buf_tag *env)
{
    find_next();
    at_scope_guards_leave(is_readable ? target_of(env) : 0);
}

AT_API void longjmp(struct __jmp_buf_tag env[1], int value)
{
    end_scope_guards(env);
    next.longjmp(env, value);
    __builtin_unreachable();
}

AT_API void _longjmp(struct __jmp_buf_tag env[1], int value)
{
    end_scope_guards(env);
    next._longjmp(env, value);
    __builtin_unreachable();
}

AT_API void siglongjmp(sigjmp_buf env, int value)
{
    end_scope_guards(env);
    next.siglongjmp(env, value);
    __builtin_unreachable();
}

AT_API void __longjmp_chk(struct __jmp_buf_tag env[1], int value)
{
    end_scope_guards(env);
    next.__longjmp_chk(env, value);
    __builtin_unreachable();
}

/* Frames that were compiled without -fexceptions run no cleanup when a thread ends. */
AT_API void pthread_exit(void *result)
{
    find_next();
    at_scope_guards_leave(UINTPTR_MAX);
    next.pthread_exit(result);
    __builtin_unreachable();
}

/* Read the stack pointer of this small frame from a jmp_buf, and compare it with the frame address.
 */
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
