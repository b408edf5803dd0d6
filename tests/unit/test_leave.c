/* SPDX-License-Identifier: MIT */
/*
 * A signal handler interrupts this library, and then jumps or ends its thread. The library must
 * reset its own state, which no scope guard protects.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

#include "alloc_tracker/region.h"
#include "guard/scope_guards.h"
#include "track/ordered.h"
#include "track/thread.h"
#include "track/tracker.h"

static sigjmp_buf env;

static void on_signal(int number)
{
    (void) number;
    siglongjmp(env, 1);
}

static void end_thread(int number)
{
    (void) number;
    pthread_exit(NULL);
}

static void suspend_and_raise(void)
{
    at_suspend();
    at_suspend();
    raise(SIGUSR1);
    at_resume();
    at_resume();
}

static void enter_and_raise(void)
{
    at_tracker_enter();
    raise(SIGUSR1);
    at_tracker_leave();
}

/* In a frame of its own, as the library's frames are, so that the jump leaves it. */
__attribute__((noinline)) static void lock_and_raise(void)
{
    at_tracker_enter();
    at_lock_acquire(&at_ordered.lock);
    raise(SIGUSR1);
    at_lock_release(&at_ordered.lock);
    at_tracker_leave();
}

static void work_beneath_and_raise(void)
{
    at_local.inside = at_stack_pointer();
    raise(SIGUSR1);
    at_local.inside = 0;
}

static void (*const works[])(void) = { suspend_and_raise, enter_and_raise, lock_and_raise,
                                       work_beneath_and_raise };
enum { N_WORKS = sizeof works / sizeof works[0] };

static void install(void (*handler)(int), int flags)
{
    static char stack[65536];
    struct sigaction action = { .sa_flags = flags };
    action.sa_handler = handler;
    sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof stack }, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

/* Check that an allocation is counted. */
static void expect_free_of_guards(int i)
{
    struct at_region *region;
    cr_expect_eq(at_local.suspended, 0, "%d", i);
    cr_expect_eq(at_local.busy, 0, "%d", i);
    cr_expect_eq(at_local.inside, 0, "%d", i);
    cr_expect_eq(at_ordered.lock.state, 0, "%d", i);
    cr_assert_eq(at_region_begin(AT_THREAD, &region), AT_OK);
    free(malloc(10));
    at_region_end(region);
    cr_expect_eq(at_region_usage(region).allocs, 1, "%d", i);
    cr_expect_eq(at_region_usage(region).dropped, 0, "%d", i);
    at_region_free(region);
}

static void jump(int flags)
{
    install(on_signal, flags);
    for (volatile int i = 0; i < N_WORKS; i++) {
        if (sigsetjmp(env, 1) == 0)
            works[i]();
        expect_free_of_guards(i);
    }
}

Test(leave, a_handler_jumps)
{
    jump(0);
}

Test(leave, a_handler_jumps_off_its_own_stack)
{
    jump(SA_ONSTACK);
}

/* The records of the tracker may be inconsistent, so they are discarded. */
Test(leave, an_open_region_is_incomplete_after_the_tracker_was_left)
{
    struct at_region *region;
    install(on_signal, 0);
    cr_assert_eq(at_region_begin(AT_PROCESS, &region), AT_OK);
    if (sigsetjmp(env, 1) == 0)
        lock_and_raise();
    at_region_end(region);
    cr_expect_eq(at_region_usage(region).dropped, 1);
    at_region_free(region);
}

static void *run_work(void *work)
{
    at_thread_get(); /* as each function that enters the tracker */
    ((void (*const *)(void)) work)[0]();
    return NULL;
}

static void wait_for_cancellation(int number)
{
    (void) number;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cancel(pthread_self());
}

static void run_threads(void (*handler)(int))
{
    install(handler, 0);
    for (int i = 0; i < N_WORKS; i++) {
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, run_work, (void *) (uintptr_t) &works[i]), 0);
        pthread_join(thread, NULL);
        expect_free_of_guards(i);
    }
}

Test(leave, a_handler_ends_the_thread)
{
    run_threads(end_thread);
}

Test(leave, the_thread_is_cancelled)
{
    run_threads(wait_for_cancellation);
}
