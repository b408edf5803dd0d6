// SPDX-License-Identifier: MIT
/*
 * Leave the plugin's blocks in each way, within the budget or over it. The name of a suite is the
 * block, the name of a test is the way. Tests whose name begins with "fail" exceed the budget.
 * Allocations after the block are not part of it.
 */
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>

#include <alloc_tracker/criterion.h>

#include "blocks.h"

static bool over; // a second allocation exceeds the budget of the block
static jmp_buf env;
static sigjmp_buf signal_env;
static ucontext_t main_context, coroutine_context;
static char coroutine_stack[256 << 10];
static volatile bool came_back;

static void allocate(size_t size)
{
    free(malloc(size));
}

static void spend()
{
    if (over)
        allocate(30); // HERE spent
}

static void by_return()
{
    spend(), allocate(8);
}
static void by_exception()
{
    spend(), throw 1;
} // the exception is an allocation
static void by_longjmp()
{
    spend(), allocate(8), longjmp(env, 1);
}
static void by_siglongjmp()
{
    spend(), allocate(8), siglongjmp(signal_env, 1);
}
static void by_signal()
{
    spend(), allocate(8), raise(SIGUSR1);
}
static void on_signal(int)
{
    siglongjmp(signal_env, 1);
}
static void by_setcontext()
{
    spend(), allocate(8), setcontext(&main_context);
}
static void by_yield()
{
    spend(), allocate(8), swapcontext(&coroutine_context, &main_context);
}
static void by_exit()
{
    spend(), allocate(8), exit(0);
}
static void by__exit()
{
    spend(), allocate(8), _exit(0);
}
static void by_quick_exit()
{
    spend(), allocate(8), quick_exit(0);
}
static void by_pthread_exit()
{
    spend(), allocate(8), pthread_exit(nullptr);
}

static void by_cancellation()
{
    spend(), allocate(8);
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

typedef void block_function(void (*leave)(void));

static block_function *block;
static void (*leaver)(void);

static void leave_by_return()
{
    block(by_return);
}

static void leave_by_exception()
{
    try {
        block(by_exception);
    } catch (int) {
    }
}

static void leave_by_longjmp()
{
    if (setjmp(env) == 0)
        block(by_longjmp);
}

template <void (*Leave)()> static void leave_by_siglongjmp()
{
    signal(SIGUSR1, on_signal);
    if (sigsetjmp(signal_env, 1) == 0)
        block(Leave);
}

static void leave_by_setcontext()
{
    came_back = false;
    getcontext(&main_context);
    if (came_back)
        return;
    came_back = true;
    block(by_setcontext);
}

static void coroutine()
{
    block(by_yield);
    swapcontext(&coroutine_context, &main_context);
}

static void start_coroutine()
{
    getcontext(&coroutine_context);
    coroutine_context.uc_stack.ss_sp = coroutine_stack;
    coroutine_context.uc_stack.ss_size = sizeof coroutine_stack;
    makecontext(&coroutine_context, coroutine, 0);
    swapcontext(&main_context, &coroutine_context);
}

static void resume_coroutine()
{
    start_coroutine();
    swapcontext(&main_context, &coroutine_context);
}

static void *run_thread(void *)
{
    block(leaver);
    return nullptr;
}

// When the first thread is cancelled, libc loads the unwinder, which allocates.
static void *end_first(void *)
{
    for (;;)
        pause();
}

template <void (*Leave)()> static void leave_thread()
{
    pthread_t thread;
    pthread_create(&thread, nullptr, end_first, nullptr);
    pthread_cancel(thread);
    pthread_join(thread, nullptr);
    leaver = Leave;
    pthread_create(&thread, nullptr, run_thread, nullptr);
    pthread_join(thread, nullptr);
}

// Later allocations are not part of the block. The library cannot notice some ways: not `seen`.
static void run(block_function *which, bool exceeds, void (*way)(), bool seen = true)
{
    block = which;
    over = exceeds;
    way();
    for (int i = 0; seen && i < 5; i++)
        allocate(100);
}

#define WAY(Block, Name, ...)                                                                      \
    Test(Block, pass_##Name)                                                                       \
    {                                                                                              \
        run(in_##Block, false, __VA_ARGS__);                                                       \
    }                                                                                              \
    Test(Block, fail_##Name)                                                                       \
    {                                                                                              \
        run(in_##Block, true, __VA_ARGS__);                                                        \
    }

#define WAYS(Block)                                                                                \
    WAY(Block, return, leave_by_return)                                                            \
    WAY(Block, exception, leave_by_exception)                                                      \
    WAY(Block, longjmp, leave_by_longjmp)                                                          \
    WAY(Block, siglongjmp, leave_by_siglongjmp<by_siglongjmp>)                                     \
    WAY(Block, siglongjmp_out_of_a_handler, leave_by_siglongjmp<by_signal>)                        \
    WAY(Block, setcontext, leave_by_setcontext)                                                    \
    WAY(Block, a_coroutine_given_up, start_coroutine, false)                                       \
    WAY(Block, a_coroutine_that_goes_on, resume_coroutine)                                         \
    WAY(Block, pthread_exit, leave_thread<by_pthread_exit>)                                        \
    WAY(Block, cancellation, leave_thread<by_cancellation>)                                        \
    WAY(Block, exit, [] { block(by_exit); })                                                       \
    WAY(Block, _exit, [] { block(by__exit); })                                                     \
    WAY(Block, quick_exit, [] { block(by_quick_exit); })

WAYS(scope)
WAYS(statement)

// A run that is left has ended, and later allocations do not fail. A run that calls exit() fails.
#define SWEPT(Verdict, Name, ...)                                                                  \
    Test(sweep, Verdict##_##Name)                                                                  \
    {                                                                                              \
        run(in_sweep, false, __VA_ARGS__);                                                         \
    }

SWEPT(pass, return, leave_by_return)
SWEPT(pass, exception, leave_by_exception)
SWEPT(pass, longjmp, leave_by_longjmp)
SWEPT(pass, siglongjmp, leave_by_siglongjmp<by_siglongjmp>)
SWEPT(pass, siglongjmp_out_of_a_handler, leave_by_siglongjmp<by_signal>)
SWEPT(pass, setcontext, leave_by_setcontext)
SWEPT(pass, a_coroutine_given_up, start_coroutine, false)
SWEPT(pass, pthread_exit, leave_thread<by_pthread_exit>)
SWEPT(pass, cancellation, leave_thread<by_cancellation>)
SWEPT(fail, exit, [] { block(by_exit); })
SWEPT(fail, _exit, [] { block(by__exit); })
SWEPT(fail, quick_exit, [] { block(by_quick_exit); })
