/* SPDX-License-Identifier: MIT */
/*
 * Wrappers of the functions that end a process without exit(). Calls inside libc and signals bypass
 * them: then the table has the usage of the execution, without call sites.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
#include <unwind.h>

#include "alloc_tracker/attributes.h"
#include "base/libc.h"
#include "preload/preload.h"
#include "track/tracker.h"

static struct {
    void (*_exit)(int status);
    void (*quick_exit)(int status);
    int (*daemon)(int no_chdir, int no_close);
} next;

static int quick_exit_status;

AT_API void _exit(int status)
{
    at_preload_end(AT_EXECUTION_EXITED, status & 0xFF);
    next._exit(status);
    __builtin_unreachable();
}

AT_API void _Exit(int status) __attribute__((alias("_exit"), noreturn));

/* Registered before all other handlers, so called after them. */
static void on_quick_exit(void)
{
    at_preload_end(AT_EXECUTION_EXITED, quick_exit_status & 0xFF);
}

AT_API void quick_exit(int status)
{
    quick_exit_status = status;
    next.quick_exit(status);
    __builtin_unreachable();
}

/* libc ends the calling process by its own _exit(0), after it has started the child. */
AT_API int daemon(int no_chdir, int no_close)
{
    if (!at_preload_is_recording())
        return next.daemon(no_chdir, no_close);
    struct at_execution *child = at_preload_take_for_fork();
    at_preload_end(AT_EXECUTION_EXITED, 0);
    int result = next.daemon(no_chdir, no_close);
    if (result != 0) {
        at_preload_forked(child, -1);
        at_preload_undo_end();
    }
    return result;
}

static _Unwind_Reason_Code find_interrupted(struct _Unwind_Context *context, void *arg)
{
    int before_instruction = 0;
    _Unwind_GetIPInfo(context, &before_instruction);
    *(bool *) arg |= before_instruction != 0;
    return before_instruction ? _URC_END_OF_STACK : _URC_NO_REASON;
}

bool at_leave_is_interrupting(void)
{
    bool interrupting = at_local.busy;
    if (!interrupting)
        _Unwind_Backtrace(find_interrupted, &interrupting);
    return interrupting;
}

void at_leave_start(void)
{
    next._exit = (void (*)(int)) dlsym(RTLD_NEXT, "_exit");
    next.quick_exit = (void (*)(int)) dlsym(RTLD_NEXT, "quick_exit");
    next.daemon = (int (*)(int, int)) dlsym(RTLD_NEXT, "daemon");
    /* cppcheck-suppress ignoredReturnValue ; on failure quick_exit() records no call sites */
    at_libc_at_quick_exit(on_quick_exit);
}
