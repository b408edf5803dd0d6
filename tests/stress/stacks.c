/* SPDX-License-Identifier: MIT */
/*
 * Stacks that are difficult for a cache: stacks NAME ROUNDS PLUGIN PLUGIN SEED. The program does
 * not use alloc_tracker. It runs with a preloaded build that compares each stack with the
 * unwinder's stack.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
#define AFTER_CALL() __asm__ volatile("" ::: "memory") /* no tail call */

static __thread uint64_t random_state = 0x9E3779B97F4A7C15;
static const char *plugins[2];

static unsigned pick(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned) (random_state >> 33) % n;
}

static NOINLINE void touch(void)
{
    free(malloc(1 + pick(200)));
    AFTER_CALL();
}

static NOINLINE void left(unsigned depth);

static NOINLINE void right(unsigned depth)
{
    volatile uint64_t spilled[3] = { depth };
    if (depth > 0 && pick(2))
        right(depth - 1);
    else if (depth > 0)
        left(depth - 1);
    touch();
    spilled[1] = spilled[0];
}

static NOINLINE void left(unsigned depth)
{
    if (depth > 0)
        right(depth - 1);
    free(strdup("through libc"));
    AFTER_CALL();
}

static void recursion(void)
{
    right(pick(40));
}

/* Frames of different sizes whose sums are equal: other frames reach the same stack address, and
   old return addresses remain between them. */
static NOINLINE void dynamic(unsigned depth)
{
    volatile char *space = alloca(16 + 16 * pick(6));
    space[0] = (char) depth;
    if (depth > 0)
        dynamic(depth - 1);
    touch();
    char local[1 + pick(64)];
    memset(local, space[0], sizeof local);
    free(malloc(sizeof local + (unsigned char) local[0]));
    AFTER_CALL();
}

static NOINLINE void scan(void (*then)(unsigned), unsigned depth)
{
    volatile char frame[64];
    frame[0] = 1;
    then(depth);
    frame[1] = frame[0];
}

static void dynamic_frames(void)
{
    if (pick(2))
        dynamic(pick(8));
    else
        scan(dynamic, pick(8));
}

/* Realigned and of variable size: gcc describes the end of such a frame with an expression. */
static NOINLINE void realigned(unsigned depth)
{
    volatile char block[128] __attribute__((aligned(64)));
    volatile char *space = alloca(16 + 16 * pick(4));
    block[pick(128)] = space[0] = (char) depth;
    if (depth > 0)
        realigned(depth - 1);
    touch();
}

static void realigned_frames(void)
{
    realigned(pick(6));
}

static NOINLINE void leave_by_jump(jmp_buf *target, unsigned depth)
{
    volatile char *space = alloca(16 + 16 * pick(6));
    space[0] = 1;
    touch();
    if (depth == 0)
        longjmp(*target, 1);
    leave_by_jump(target, depth - 1);
    AFTER_CALL();
}

static void jumps(void)
{
    jmp_buf target;
    if (setjmp(target) == 0)
        leave_by_jump(&target, pick(12));
    touch();
}

static void on_signal(int number)
{
    (void) number;
    recursion();
}

static NOINLINE void raise_deep(unsigned depth)
{
    if (depth > 0)
        raise_deep(depth - 1);
    else
        raise(SIGUSR1);
    touch();
}

static void alternate_stacks(void)
{
    enum { BYTES = 1 << 16 };
    void *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = { .ss_sp = memory, .ss_size = BYTES };
    stack_t none = { .ss_flags = SS_DISABLE };
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = pick(2) ? SA_ONSTACK : 0 };
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise_deep(pick(5));
    sigaltstack(&none, NULL);
    munmap(memory, BYTES);
}

/* A signal handler may call this at any time, also when it interrupts a capture. */
void at_note_alloc(const void *block, size_t size) __attribute__((weak));
void at_note_free(const void *block) __attribute__((weak));

static NOINLINE void on_alarm(int number)
{
    static char pool[1];
    (void) number;
    at_note_alloc(pool, 1);
    at_note_free(pool);
    AFTER_CALL();
}

static void interruptions(void)
{
    struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
    struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 200; i++)
        recursion();
    setitimer(ITIMER_REAL, &never, NULL);
}

static __thread ucontext_t outside, inside;

static void coroutine(void)
{
    for (int i = 0; i < 4; i++) {
        recursion();
        swapcontext(&inside, &outside);
        dynamic_frames();
    }
}

/* The stacks are unmapped, and mapped again at the same address. */
static void coroutines(void)
{
    size_t bytes = 1 << 17;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    getcontext(&inside);
    inside.uc_stack = (stack_t){ .ss_sp = memory, .ss_size = bytes };
    inside.uc_link = &outside;
    makecontext(&inside, coroutine, 0);
    for (int i = 0; i < 5; i++) {
        swapcontext(&outside, &inside);
        touch();
    }
    munmap(memory, bytes);
}

static NOINLINE void descend(unsigned depth)
{
    if (depth > 0)
        descend(depth - 1);
    if (depth % 16 == 0)
        touch();
    AFTER_CALL();
}

/* Depths around the maximum depth of a recorded stack. */
static void deep_stacks(void)
{
    descend(150 + pick(250));
}

static void *run_thread(void *seed)
{
    random_state = (uintptr_t) seed * 0x2545F4914F6CDD1D;
    for (int i = 0; i < 50; i++) {
        recursion();
        dynamic_frames();
        jumps();
    }
    return NULL;
}

static void threads(void)
{
    pthread_t thread[4];
    for (uintptr_t i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, run_thread, (void *) (i + 1 + pick(1000)));
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
}

/* Two functions with frames of the same size. They save the caller's frame pointer at different
   offsets. */
void save_near(void);
void save_far(void);
__attribute__((used)) void save_called(void);
__asm__(".text\n"
        "save_near: .cfi_startproc\n"
        "push %rbp\n .cfi_def_cfa_offset 16\n .cfi_offset 6, -16\n"
        "sub $32, %rsp\n .cfi_def_cfa_offset 48\n"
        "call save_called\n"
        "add $32, %rsp\n .cfi_def_cfa_offset 16\n"
        "pop %rbp\n .cfi_def_cfa_offset 8\n .cfi_restore 6\n"
        "ret\n .cfi_endproc\n"
        "save_far: .cfi_startproc\n"
        "sub $40, %rsp\n .cfi_def_cfa_offset 48\n"
        "mov %rbp, (%rsp)\n .cfi_offset 6, -48\n"
        "call save_called\n"
        "mov (%rsp), %rbp\n .cfi_restore 6\n"
        "add $40, %rsp\n .cfi_def_cfa_offset 8\n"
        "ret\n .cfi_endproc\n");

void save_called(void)
{
    free(malloc(40));
    AFTER_CALL();
}

/* Call `save` with the stack pointer at `target`, wherever the frame of the caller is. */
static NOINLINE void call_at(void (*save)(void), const char *target)
{
    volatile char *room = alloca((size_t) ((char *) __builtin_frame_address(0) - target));
    room[0] = 1;
    save();
    room[1] = room[0];
}

static NOINLINE void call_from_below(const char *target)
{
    volatile char room[512];
    room[0] = 1;
    call_at(save_near, target);
    room[1] = room[0];
}

static NOINLINE void call_from_above(const char *target)
{
    call_at(save_far, target);
    AFTER_CALL();
}

/* During the second call, the stack still contains all values of the first call. All are stale. */
static void stale_frames(void)
{
    const char *target = (const char *) __builtin_frame_address(0) - 4096;
    call_from_below(target);
    call_from_above(target);
}

static void loading(void)
{
    static void *last;
    static unsigned n_loads, n_reused;
    void *plugin = dlopen(plugins[n_loads++ % 2], RTLD_NOW);
    void *(*get)(size_t) = (void *(*) (size_t)) dlsym(plugin, "plugin_get");
    n_reused += (void *) get == last;
    last = (void *) get;
    for (int i = 0; i < 3; i++)
        free(get(pick(100)));
    dlclose(plugin);
    if (n_loads % 16 == 0 && n_reused == 0)
        puts("no code was loaded at the address of other code");
}

static void *run_anything(void *seed)
{
    static void (*const any[])(void) = { recursion, dynamic_frames,   realigned_frames,
                                         jumps,     alternate_stacks, coroutines };
    random_state = (uintptr_t) seed * 0x2545F4914F6CDD1D;
    for (int i = 0; i < 60; i++)
        any[pick(sizeof any / sizeof any[0])]();
    return NULL;
}

/* All cases at the same time, while code is loaded and unloaded. */
static void mixture(void)
{
    pthread_t thread[64];
    for (size_t i = 0; i < 64; i++)
        pthread_create(&thread[i], NULL, run_anything, (void *) (i + 1 + 64 * (size_t) pick(1000)));
    for (int i = 0; i < 20; i++)
        loading();
    for (int i = 0; i < 64; i++)
        pthread_join(thread[i], NULL);
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    { "recursion", recursion },
    { "dynamic_frames", dynamic_frames },
    { "realigned_frames", realigned_frames },
    { "jumps", jumps },
    { "alternate_stacks", alternate_stacks },
    { "interruptions", interruptions },
    { "coroutines", coroutines },
    { "deep_stacks", deep_stacks },
    { "threads", threads },
    { "stale_frames", stale_frames },
    { "loading", loading },
    { "mixture", mixture },
};

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    random_state += strtoull(argv[5], NULL, 10);
    plugins[0] = argv[3];
    plugins[1] = argv[4];
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (strcmp(argv[1], scenarios[i].name) != 0)
            continue;
        for (int round = atoi(argv[2]); round > 0; round--)
            scenarios[i].run();
        return 0;
    }
    return 2;
}
