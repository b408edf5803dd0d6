/* SPDX-License-Identifier: MIT */
/* See test_changed.py: an assertion that fails on a stack of 16 KiB, and at the end of a deep one.
 */
#define _GNU_SOURCE
#include <alloc_tracker/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { STACK = 16 << 10, GUARD = 64 << 10, DEPTH = 100000 };

static void *volatile kept;

static void allocate(void)
{
    cr_expect_no_alloc(kept = malloc(77));
}

static void *run_thread(void *arg)
{
    allocate();
    return arg;
}

Test(stacks, thread)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    cr_assert_eq(pthread_attr_setstacksize(&attributes, STACK), 0);
    cr_assert_eq(pthread_create(&thread, &attributes, run_thread, NULL), 0);
    pthread_join(thread, NULL);
}

/* A stack between two guard pages. */
static char *stack_new(void)
{
    char *memory = mmap(NULL, STACK + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(memory + GUARD, STACK, PROT_READ | PROT_WRITE);
    return memory + GUARD;
}

static void on_signal(int number)
{
    (void) number;
    allocate();
}

Test(stacks, alternate)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
    sigaltstack(&(stack_t){ .ss_sp = stack_new(), .ss_size = STACK }, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
}

static ucontext_t test_context, coroutine;

static void enter_coroutine(void)
{
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = stack_new();
    coroutine.uc_stack.ss_size = STACK;
    coroutine.uc_link = &test_context;
    makecontext(&coroutine, allocate, 0);
    swapcontext(&test_context, &coroutine);
}

Test(stacks, coroutine)
{
    enter_coroutine();
}

static int recurse(int depth)
{
    if (depth == 0)
        allocate();
    int below = depth ? recurse(depth - 1) : 0;
    __asm__ volatile("" ::: "memory"); /* no tail call */
    return below + 1;
}

Test(stacks, deep)
{
    cr_expect_eq(recurse(DEPTH), DEPTH + 1);
}
