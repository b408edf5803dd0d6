/* SPDX-License-Identifier: MIT */
/* One allocation for each kind of end of a stack: see tests/plugin/test_stack_ends.py. */
#include <alloc_tracker/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

void *volatile ends_block;

void ends_allocate(void); /* so that the function without a table is not the innermost */
void ends_without_table(void);
void ends_in_assembly(void);
void ends_with_table(void);

__attribute__((noinline)) void ends_allocate(void)
{
    ends_block = malloc(13);
    __asm__ volatile("");
}

static void release(void)
{
    free(ends_block);
}

Test(ends, whole, .fini = release)
{
    cr_assert_no_alloc(ends_allocate());
}

Test(ends, without_table, .fini = release)
{
    cr_assert_no_alloc(ends_without_table());
}

Test(ends, assembly, .fini = release)
{
    cr_assert_no_alloc(ends_in_assembly());
}

Test(ends, assembly_with_table, .fini = release)
{
    cr_assert_no_alloc(ends_with_table());
}

static void *in_thread(void *arg)
{
    ends_allocate();
    return arg;
}

Test(ends, thread, .fini = release)
{
    pthread_t thread;
    cr_assert_alloc_budget((.bytes = at_most(12)), {
        cr_permit_alloc
        {
            pthread_create(&thread, NULL, in_thread, NULL);
        }
        pthread_join(thread, NULL);
    });
}

static void on_signal(int number)
{
    (void) number;
    ends_allocate();
}

Test(ends, signal, .fini = release)
{
    signal(SIGUSR1, on_signal);
    cr_assert_no_alloc(raise(SIGUSR1));
}

static ucontext_t outer, inner;

static void in_context(void)
{
    ends_allocate();
    swapcontext(&inner, &outer);
}

Test(ends, context, .fini = release)
{
    static char stack[64 << 10];
    getcontext(&inner);
    inner.uc_stack = (stack_t){ .ss_sp = stack, .ss_size = sizeof stack };
    makecontext(&inner, in_context, 0);
    cr_assert_no_alloc(swapcontext(&outer, &inner));
}

__attribute__((noinline)) static void recurse(int n)
{
    if (n > 0)
        recurse(n - 1);
    else
        ends_allocate();
    __asm__ volatile("");
}

Test(ends, just_deep, .fini = release)
{
    cr_assert_no_alloc(recurse(100));
}

Test(ends, too_deep, .fini = release)
{
    cr_assert_no_alloc(recurse(1000));
}

#ifdef __x86_64__
Test(ends, generated_code, .fini = release)
{
    unsigned char code[] = { 0x48, 0x83, 0xEC, 0x08,                     /* sub rsp, 8 */
                             0x48, 0xB8, 0,    0,    0,   0, 0, 0, 0, 0, /* mov rax, ... */
                             0xFF, 0xD0,                                 /* call rax */
                             0x48, 0x83, 0xC4, 0x08, 0xC3 };             /* add rsp, 8; ret */
    void (*target)(void) = ends_allocate;
    memcpy(code + 6, &target, sizeof target);
    void *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(page, MAP_FAILED);
    memcpy(page, code, sizeof code);
    void (*generated)(void);
    memcpy(&generated, &page, sizeof generated);
    cr_assert_no_alloc(generated());
}
#endif
