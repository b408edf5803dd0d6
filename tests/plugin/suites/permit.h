/* SPDX-License-Identifier: MIT */
/*
 * cr_permit_alloc, and jumps out of a block. The name of a test begins with its verdict.
 * Included by permit.c and permit.cpp.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

#include <alloc_tracker/criterion.h>
#include <criterion/theories.h>

static char *volatile kept;

static void take(size_t size)
{
    kept = (char *) malloc(size);
}

static void take_permitted(void)
{
    cr_permit_alloc
    {
        take(100);
    }
}

Test(permit, pass_in_scope)
{
    cr_no_alloc_scope
    {
        cr_permit_alloc
        {
            take(8);
        }
    }
}

Test(permit, pass_in_function)
{
    cr_assert_no_heap(take_permitted());
}

Test(permit, pass_nested)
{
    cr_no_alloc_scope
    {
        cr_permit_alloc
        {
            take_permitted();
            take(8);
        }
    }
}

Test(permit, fail_after)
{
    cr_no_alloc_scope
    {
        take_permitted();
        take(9);
    }
}

Test(permit, fail_assertion_inside)
{
    cr_permit_alloc
    {
        cr_assert_no_alloc(take(8));
    }
}

Test(permit, pass_budget,
     .data = cr_alloc_budget(.allocs = at_most(0), .bytes = at_most(0), .peak = at_most(0),
                             .live = at_exactly(0), .leaks = at_most(0)))
{
    take_permitted();
    cr_assert_eq(cr_alloc_usage().permitted, 1u);
}

/* The release outside counts, although the allocation did not. */
Test(permit, pass_released_outside,
     .data = cr_alloc_budget(.frees = at_exactly(1), .live = at_exactly(0)))
{
    take_permitted();
    free(kept);
}

Test(permit, pass_released_inside,
     .data = cr_alloc_budget(.allocs = at_exactly(1), .frees = at_most(0), .live = at_exactly(0),
                             .leaks = at_most(0)))
{
    take(8);
    cr_permit_alloc
    {
        free(kept);
    }
}

Test(permit, pass_grown_inside,
     .data = cr_alloc_budget(.reallocs = at_most(0), .peak = at_exactly(8), .live = at_exactly(0)))
{
    take(8);
    cr_permit_alloc
    {
        kept = (char *) realloc(kept, 1000);
    }
}

Test(permit, pass_left_by_break)
{
    cr_no_alloc_scope
    {
        cr_permit_alloc
        {
            take(8);
            break;
        }
    }
}

Test(permit, fail_left_by_break)
{
    cr_no_alloc_scope
    {
        cr_permit_alloc
        {
            break;
        }
        take(8);
    }
}

/* A permit covers its own thread only. A budget of the process respects it. */
static void *take_in_thread(void *permitted)
{
    if (permitted)
        take_permitted();
    else
        take(100);
    return NULL;
}

static void run_thread(void *permitted)
{
    pthread_t thread;
    pthread_create(&thread, NULL, take_in_thread, permitted);
    pthread_join(thread, NULL);
}

Test(threads, pass_permitted_in_thread)
{
    run_thread(NULL); /* the next thread reuses its descriptor */
    static char yes;
    cr_assert_no_alloc(run_thread(&yes));
}

Test(threads, fail_permitted_in_caller)
{
    run_thread(NULL);
    cr_no_alloc_scope
    {
        take_permitted();
        run_thread(NULL);
    }
}

/* ---- jumps ----------------------------------------------------------------------------------- */

static __attribute__((noinline)) void permit_and_jump(jmp_buf env)
{
    cr_permit_alloc
    {
        take(100);
        longjmp(env, 1);
    }
}

Test(jumps, fail_permit_left)
{
    jmp_buf env;
    if (setjmp(env) == 0)
        permit_and_jump(env);
    cr_assert_no_alloc(take(8));
}

Test(jumps, fail_permit_left_budget, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    jmp_buf env;
    if (setjmp(env) == 0)
        permit_and_jump(env);
    take(8);
}

Test(jumps, fail_permit_left_in_one_frame, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    jmp_buf env;
    if (setjmp(env) == 0)
        cr_permit_alloc
        {
            longjmp(env, 1);
        }
    take(8);
}

/* The library cannot know whether setjmp() came before the block or inside: the permit ends. */
Test(jumps, fail_setjmp_within_permit, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    jmp_buf env;
    cr_permit_alloc
    {
        if (setjmp(env) == 0)
            permit_and_jump(env);
        take(8);
    }
}

static __attribute__((noinline)) void catch_jump(void)
{
    jmp_buf env;
    if (setjmp(env) == 0)
        permit_and_jump(env);
}

Test(jumps, pass_jump_within_permit, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    cr_permit_alloc
    {
        catch_jump();
        take(8);
    }
}

static __attribute__((noinline)) void ban_and_jump(jmp_buf env, size_t size)
{
    cr_no_alloc_scope
    {
        if (size)
            take(size);
        longjmp(env, 1);
    }
}

Test(jumps, fail_scope_left)
{
    jmp_buf env;
    if (setjmp(env) == 0)
        ban_and_jump(env, 8);
}

Test(jumps, pass_scope_left)
{
    jmp_buf env;
    if (setjmp(env) == 0)
        ban_and_jump(env, 0);
    take(8);
}

Test(jumps, fail_scope_left_in_one_frame)
{
    jmp_buf env;
    if (setjmp(env) == 0)
        cr_no_alloc_scope
        {
            take(8);
            longjmp(env, 1);
        }
}

/* The block continues: allocations after the jump belong to it. */
static void jump_within_scope(size_t size)
{
    jmp_buf env;
    cr_alloc_scope(.allocs = at_exactly(1))
    {
        if (setjmp(env) == 0)
            ban_and_jump(env, 0);
        take(8);
        if (size)
            take(size);
    }
}

Test(jumps, pass_within_scope)
{
    jump_within_scope(0);
}

Test(jumps, fail_within_scope)
{
    jump_within_scope(8);
}

/* A jump ends the block, so its lower limit is checked there. */
static __attribute__((noinline)) void require_and_jump(jmp_buf env)
{
    cr_alloc_scope(.allocs = at_least(1))
    {
        longjmp(env, 1);
    }
}

Test(jumps, fail_lower_limit)
{
    jmp_buf env;
    if (setjmp(env) == 0)
        require_and_jump(env);
}

static sigjmp_buf handler_env;

static void jump_from_handler(int number)
{
    siglongjmp(handler_env, number);
}

static void ban_and_raise(void)
{
    cr_no_alloc_scope
    {
        take(8);
        raise(SIGUSR1);
    }
}

Test(jumps, fail_left_by_handler)
{
    signal(SIGUSR1, jump_from_handler);
    if (sigsetjmp(handler_env, 1) == 0)
        ban_and_raise();
}

static void *exit_thread(void *arg)
{
    cr_no_alloc_scope
    {
        take(8);
        pthread_exit(arg);
    }
    return arg;
}

Test(jumps, fail_left_by_pthread_exit)
{
    pthread_t thread;
    pthread_create(&thread, NULL, exit_thread, NULL);
    pthread_join(thread, NULL);
}

TheoryDataPoints(theories, fail_scope_left) = {
    DataPoints(int, 1, 2, 3),
};

Theory((int value), theories, fail_scope_left)
{
    cr_no_alloc_scope
    {
        if (value == 2)
            take(8);
        cr_assume(value != 2);
    }
}

TheoryDataPoints(theories, fail_permit_left) = {
    DataPoints(int, 1, 2),
};

Theory((int value), theories, fail_permit_left)
{
    if (value == 1)
        cr_permit_alloc
        {
            cr_assume(value != 1);
        }
    cr_assert_no_alloc(take(8));
}
