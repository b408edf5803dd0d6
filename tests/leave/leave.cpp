// SPDX-License-Identifier: MIT
/*
 * Each bracket of the core (enter.c) is left in each way, and then everything is as if it had never
 * been: allocations at every depth, also in another call of the same function at the same place,
 * are counted and charged exactly. One file, since the ways have in common what they leave, and
 * where they come back to. Prints a line for each cell that is not so, and how many held.
 */
#include <alloc_tracker/alloc_tracker.h>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "leave.h"

namespace
{

const char *const brackets[N_BRACKETS] = {
    "permit",
    "nested permits",
    "at_allocator_alloc",
    "at_allocator_realloc",
    "at_allocator_free",
    "failure injection",
    "span",
    "tracked span",
    "region",
    "panic handler",
};

bool holds; // the cell that is being tried

void fail(enum bracket bracket, const char *way, const char *why, unsigned long long seen)
{
    holds = false;
    std::printf("%s × %s: %s (%llu)\n", brackets[bracket], way, why, seen);
}

[[gnu::noinline]] void allocate_deep(int depth)
{
    volatile char frame[200];
    std::memset(const_cast<char *>(frame), 0, sizeof frame);
    if (depth > 0)
        allocate_deep(depth - 1);
    else
        std::free(std::malloc(100));
    asm volatile("");
}

// Before anything overwrites the frames that were left, and then deeper than those.
[[gnu::noinline]] const char *observe(enum bracket bracket, unsigned long long *seen)
{
    struct at_region *region;
    if (at_region_begin(AT_THREAD, &region) != AT_OK)
        return "no region";
    at_counters before = at_thread_counters();
    enter(bracket, nullptr);
    std::free(std::malloc(10));
    allocate_deep(0);
    allocate_deep(20);
    at_counters after = at_thread_counters();
    at_region_end(region);
    at_usage usage = at_region_usage(region);
    at_region_free(region);
    *seen = usage.allocs;
    if (usage.allocs != 4 || usage.frees != 4 || usage.bytes != 1210)
        return "not all is charged";
    *seen = usage.permitted;
    if (usage.permitted || usage.dropped || usage.failed || usage.live || usage.leaks)
        return "it is charged wrongly";
    *seen = after.allocs - before.allocs;
    return *seen == 4 && after.frees - before.frees == 4 ? nullptr : "not all is counted";
}

void check(enum bracket bracket, const char *way)
{
    unsigned long long seen = 0;
    const char *wrong = observe(bracket, &seen);
    if (wrong)
        fail(bracket, way, wrong, seen);
}

// ---- ways that stay on the thread's stack -------------------------------------------------------

std::jmp_buf plain_env;
sigjmp_buf signal_env;
ucontext_t context;
volatile bool came_back;

void by_return()
{
}
void by_exception()
{
    throw 1;
}
void by_longjmp()
{
    std::longjmp(plain_env, 1);
}
void by_siglongjmp()
{
    siglongjmp(signal_env, 1);
}
void by_signal()
{
    std::raise(SIGUSR1);
}
void by_abort()
{
    std::abort();
}
void by_fault()
{
    *static_cast<volatile int *>(nullptr) = 1;
}
void by_setcontext()
{
    setcontext(&context);
}
void on_signal(int)
{
    siglongjmp(signal_env, 1);
}

void install(int number, int flags)
{
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = flags;
    sigaction(number, &action, nullptr);
}

template <void (*Leave)()> void jump_out(enum bracket bracket)
{
    if (setjmp(plain_env) == 0 && sigsetjmp(signal_env, 1) == 0)
        enter(bracket, Leave);
}

template <void (*Leave)(), int Number, int Flags> void jump_out_of_handler(enum bracket bracket)
{
    static char stack[65536];
    stack_t alternative = {};
    alternative.ss_sp = stack;
    alternative.ss_size = sizeof stack;
    sigaltstack(&alternative, nullptr);
    install(Number, Flags);
    jump_out<Leave>(bracket);
    std::signal(Number, SIG_DFL);
}

void return_normally(enum bracket bracket)
{
    enter(bracket, by_return);
}

void catch_it(enum bracket bracket)
{
    try {
        enter(bracket, by_exception);
    } catch (int) {
    }
}

void pass_it_on(enum bracket bracket)
{
    try {
        try {
            enter(bracket, by_exception);
        } catch (...) {
            throw;
        }
    } catch (int) {
    }
}

void set_context(enum bracket bracket)
{
    came_back = false;
    getcontext(&context);
    if (came_back)
        return;
    came_back = true;
    enter(bracket, by_setcontext);
}

// ---- ways to another stack ----------------------------------------------------------------------

alignas(64) char coroutine_stack[256 << 10];
ucontext_t main_context, coroutine_context;
enum bracket inside;

void yield()
{
    swapcontext(&coroutine_context, &main_context);
}

void coroutine()
{
    enter(inside, yield);
    swapcontext(&coroutine_context, &main_context);
}

void start_coroutine(void (*body)())
{
    getcontext(&coroutine_context);
    coroutine_context.uc_stack.ss_sp = coroutine_stack;
    coroutine_context.uc_stack.ss_size = sizeof coroutine_stack;
    coroutine_context.uc_link = nullptr;
    makecontext(&coroutine_context, body, 0);
    swapcontext(&main_context, &coroutine_context);
}

void abandon(enum bracket bracket)
{
    inside = bracket;
    start_coroutine(coroutine);
}

void resume(enum bracket bracket)
{
    abandon(bracket);
    swapcontext(&main_context, &coroutine_context);
}

void check_in_coroutine()
{
    enter(inside, nullptr);
    check(inside, "a coroutine given up, another on its stack");
    swapcontext(&coroutine_context, &main_context);
}

// Coroutines that setjmp() and longjmp() switch, once they run.
std::jmp_buf main_jump, coroutine_jump;

void yield_by_jump()
{
    if (setjmp(coroutine_jump) == 0)
        std::longjmp(main_jump, 1);
}

void jumping_coroutine()
{
    enter(inside, yield_by_jump);
    std::longjmp(main_jump, 1);
}

[[gnu::noinline]] void resume_by_jump(enum bracket bracket)
{
    static volatile int round;
    inside = bracket;
    round = 0;
    if (setjmp(main_jump) == 0)
        start_coroutine(jumping_coroutine);
    if (++round == 1)
        std::longjmp(coroutine_jump, 1);
}

#ifdef __x86_64__
// The shortest switch: what a function keeps is pushed, and the stack pointers change places.
extern "C" void switch_stacks(void **from, void *to);
asm(".pushsection .text\n.globl switch_stacks\nswitch_stacks:\n"
    "pushq %rbp\npushq %rbx\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
    "movq %rsp, (%rdi)\nmovq %rsi, %rsp\n"
    "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbx\npopq %rbp\nret\n.popsection\n");

void *main_pointer, *coroutine_pointer;

void yield_by_hand()
{
    switch_stacks(&coroutine_pointer, main_pointer);
}

void hand_coroutine()
{
    enter(inside, yield_by_hand);
    yield_by_hand();
    std::abort();
}

void start_by_hand(enum bracket bracket)
{
    void **top = reinterpret_cast<void **>(coroutine_stack + sizeof coroutine_stack - 56);
    inside = bracket;
    *top = nullptr;
    *--top = reinterpret_cast<void *>(hand_coroutine);
    coroutine_pointer = top - 6;
    std::memset(coroutine_pointer, 0, 6 * sizeof *top);
    switch_stacks(&main_pointer, coroutine_pointer);
}

void resume_by_hand(enum bracket bracket)
{
    start_by_hand(bracket);
    switch_stacks(&main_pointer, coroutine_pointer);
}
#endif

// ---- ways that end the thread -------------------------------------------------------------------

template <void (*Leave)()> void *run_thread(void *arg)
{
    enter(*static_cast<enum bracket *>(arg), Leave);
    return nullptr;
}

void *run_check(void *arg)
{
    check(*static_cast<enum bracket *>(arg), "(the next thread)");
    return nullptr;
}

void by_pthread_exit()
{
    pthread_exit(nullptr);
}

void by_deferred_cancellation()
{
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

void by_asynchronous_cancellation()
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
    pthread_cancel(pthread_self());
    for (;;)
        pause();
}

template <void (*Leave)()> void end_thread(enum bracket bracket)
{
    pthread_t thread;
    pthread_create(&thread, nullptr, run_thread<Leave>, &bracket);
    pthread_join(thread, nullptr);
}

// ---- ways that end the process ------------------------------------------------------------------

void by_exit()
{
    std::exit(7);
}
void by__exit()
{
    _exit(7);
}
void by_quick_exit()
{
    std::quick_exit(7);
}

// What the handlers of exit() allocate comes, for what the thread's stack says, from within.
void at_end()
{
    std::free(std::malloc(10));
    at_session_free(at_session_new());
}

template <void (*Leave)()> void end_process(enum bracket bracket)
{
    std::fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        std::atexit(at_end);
        std::at_quick_exit(at_end);
        enter(bracket, Leave);
        _exit(8);
    }
    int status;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
        fail(bracket, "a process's end", "the child ended otherwise",
             static_cast<unsigned long long>(status));
}

struct way {
    const char *name;
    void (*leave)(enum bracket bracket);
    bool unwinds; // needs tables of every frame
    enum { COMES_BACK, GIVEN_UP, ENDS_THREAD, ENDS_PROCESS } kind;
};

constexpr int ON_STACK = SA_ONSTACK;

const way ways[] = {
    { "return", return_normally, false, way::COMES_BACK },
    { "exception", catch_it, true, way::COMES_BACK },
    { "exception that is thrown again", pass_it_on, true, way::COMES_BACK },
    { "longjmp", jump_out<by_longjmp>, false, way::COMES_BACK },
    { "siglongjmp", jump_out<by_siglongjmp>, false, way::COMES_BACK },
    { "siglongjmp out of a handler", jump_out_of_handler<by_signal, SIGUSR1, 0>, false,
      way::COMES_BACK },
    { "siglongjmp off a signal stack", jump_out_of_handler<by_signal, SIGUSR1, ON_STACK>, false,
      way::COMES_BACK },
    { "siglongjmp after a fault", jump_out_of_handler<by_fault, SIGSEGV, ON_STACK>, false,
      way::COMES_BACK },
    { "siglongjmp out of abort", jump_out_of_handler<by_abort, SIGABRT, 0>, false,
      way::COMES_BACK },
    { "setcontext", set_context, false, way::COMES_BACK },
    { "a coroutine given up", abandon, false, way::GIVEN_UP },
    { "a coroutine that goes on", resume, false, way::COMES_BACK },
    { "a coroutine of setjmp that goes on", resume_by_jump, false, way::COMES_BACK },
#ifdef __x86_64__
    { "a coroutine by hand, given up", start_by_hand, false, way::GIVEN_UP },
    { "a coroutine by hand that goes on", resume_by_hand, false, way::COMES_BACK },
#endif
    { "pthread_exit", end_thread<by_pthread_exit>, false, way::ENDS_THREAD },
    { "deferred cancellation", end_thread<by_deferred_cancellation>, false, way::ENDS_THREAD },
    { "asynchronous cancellation", end_thread<by_asynchronous_cancellation>, false,
      way::ENDS_THREAD },
    { "exit", end_process<by_exit>, false, way::ENDS_PROCESS },
    { "_exit", end_process<by__exit>, false, way::ENDS_PROCESS },
    { "quick_exit", end_process<by_quick_exit>, false, way::ENDS_PROCESS },
};

// The call of a realloc that was given up is still on its way.
void try_cell(enum bracket bracket, const way &way)
{
    holds = true;
    way.leave(bracket);
    bool settles = way.kind == way::COMES_BACK || way.kind == way::ENDS_THREAD;
    if (bracket != FAILURE && bracket != REGION && bracket != TRACKED_SPAN) {
        const char *wrong = settle(bracket);
        if (wrong && settles)
            fail(bracket, way.name, wrong, 0);
    }
    if (way.kind == way::ENDS_THREAD) {
        pthread_t thread;
        pthread_create(&thread, nullptr, run_check, &bracket);
        pthread_join(thread, nullptr);
    }
    check(bracket, way.name);
    if (way.leave == abandon) {
        inside = bracket;
        start_coroutine(check_in_coroutine);
    }
    settle(bracket);
}

// The other half: while the code is in it, a permit does permit.
void allocate_yield_allocate()
{
    std::free(std::malloc(5));
    yield();
    allocate_deep(3);
}

void permitting_coroutine()
{
    enter(PERMIT, allocate_yield_allocate);
    yield();
}

void check_permits()
{
    struct at_region *region;
    at_region_begin(AT_THREAD, &region);
    start_coroutine(permitting_coroutine);
    std::free(std::malloc(6));
    swapcontext(&main_context, &coroutine_context);
    at_region_end(region);
    at_usage usage = at_region_usage(region);
    at_region_free(region);
    std::printf("%llu permitted, %llu not\n", static_cast<unsigned long long>(usage.permitted),
                static_cast<unsigned long long>(usage.allocs));
}

} // namespace

int main(int, char **argv)
{
    bool unwinds = !argv[1];
    if (argv[1] && std::strcmp(argv[1], "list") == 0) {
        for (const way &way : ways)
            std::puts(way.name);
        return 0;
    }
    check_permits();
    int n = 0, n_held = 0;
    for (int i = 0; i < N_BRACKETS; i++) {
        for (const way &way : ways) {
            if (way.unwinds && !unwinds)
                continue;
            n++;
            try_cell(static_cast<enum bracket>(i), way);
            n_held += holds;
        }
    }
    std::printf("%d of %d cells hold\n", n_held, n);
    return n_held != n;
}
