// SPDX-License-Identifier: MIT
/*
 * The ways to leave a scope guard: on the thread's stack, to another stack, by the end of the
 * thread, and by the end of the process.
 */
#include "ways.h"

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

// ---- ways that stay on the thread's stack -------------------------------------------------------

namespace
{

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

template <void (*Leave)()> void jump_out(enum guard guard)
{
    if (setjmp(plain_env) == 0 && sigsetjmp(signal_env, 1) == 0)
        enter(guard, Leave);
}

template <void (*Leave)(), int Number, int Flags> void jump_out_of_handler(enum guard guard)
{
    static char stack[65536];
    stack_t alternative = {};
    alternative.ss_sp = stack;
    alternative.ss_size = sizeof stack;
    sigaltstack(&alternative, nullptr);
    install(Number, Flags);
    jump_out<Leave>(guard);
    std::signal(Number, SIG_DFL);
}

void return_normally(enum guard guard)
{
    enter(guard, by_return);
}

void catch_it(enum guard guard)
{
    try {
        enter(guard, by_exception);
    } catch (int) {
    }
}

void pass_it_on(enum guard guard)
{
    try {
        try {
            enter(guard, by_exception);
        } catch (...) {
            throw;
        }
    } catch (int) {
    }
}

void set_context(enum guard guard)
{
    came_back = false;
    getcontext(&context);
    if (came_back)
        return;
    came_back = true;
    enter(guard, by_setcontext);
}

// ---- ways to another stack ----------------------------------------------------------------------

alignas(64) char coroutine_stack[256 << 10];
ucontext_t main_context, coroutine_context;
enum guard inside;

} // namespace

void yield()
{
    swapcontext(&coroutine_context, &main_context);
}

void resume_coroutine()
{
    swapcontext(&main_context, &coroutine_context);
}

void start_coroutine(void (*body)())
{
    getcontext(&coroutine_context);
    coroutine_context.uc_stack.ss_sp = coroutine_stack;
    coroutine_context.uc_stack.ss_size = sizeof coroutine_stack;
    coroutine_context.uc_link = nullptr;
    makecontext(&coroutine_context, body, 0);
    resume_coroutine();
}

static void coroutine()
{
    enter(inside, yield);
    yield();
}

void abandon(enum guard guard)
{
    inside = guard;
    start_coroutine(coroutine);
}

static void check_in_coroutine()
{
    enter(inside, nullptr);
    check(inside, "a coroutine given up, another on its stack");
    yield();
}

void check_next_coroutine(enum guard guard)
{
    inside = guard;
    start_coroutine(check_in_coroutine);
}

namespace
{

void resume(enum guard guard)
{
    abandon(guard);
    resume_coroutine();
}

// Coroutines that makecontext() starts, and setjmp() and longjmp() switch.
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

[[gnu::noinline]] void resume_by_jump(enum guard guard)
{
    static volatile int round;
    inside = guard;
    round = 0;
    if (setjmp(main_jump) == 0)
        start_coroutine(jumping_coroutine);
    if (++round == 1)
        std::longjmp(coroutine_jump, 1);
}

#ifdef __x86_64__
// A minimal switch: push the callee-saved registers and exchange the stack pointers.
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

void start_by_hand(enum guard guard)
{
    void **top = reinterpret_cast<void **>(coroutine_stack + sizeof coroutine_stack - 56);
    inside = guard;
    *top = nullptr;
    *--top = reinterpret_cast<void *>(hand_coroutine);
    coroutine_pointer = top - 6;
    std::memset(coroutine_pointer, 0, 6 * sizeof *top);
    switch_stacks(&main_pointer, coroutine_pointer);
}

void resume_by_hand(enum guard guard)
{
    start_by_hand(guard);
    switch_stacks(&main_pointer, coroutine_pointer);
}
#endif

// ---- ways that end the thread -------------------------------------------------------------------

template <void (*Leave)()> void *run_thread(void *arg)
{
    enter(*static_cast<enum guard *>(arg), Leave);
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

template <void (*Leave)()> void end_thread(enum guard guard)
{
    pthread_t thread;
    pthread_create(&thread, nullptr, run_thread<Leave>, &guard);
    pthread_join(thread, nullptr);
}

// ---- ways that end the process ------------------------------------------------------------------

void by_exit()
{
    std::exit(7);
}
void by_underscore_exit()
{
    _exit(7);
}
void by_quick_exit()
{
    std::quick_exit(7);
}

// exit() calls its handlers inside the guard, whose frame is still on the thread's stack.
void at_end()
{
    std::free(std::malloc(10));
    at_session_free(at_session_new());
}

template <void (*Leave)()> void end_process(enum guard guard)
{
    std::fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        std::atexit(at_end);
        std::at_quick_exit(at_end);
        enter(guard, Leave);
        _exit(8);
    }
    int status;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
        fail(guard, "a process's end", "the child ended in another way",
             static_cast<unsigned long long>(status));
}

constexpr int ON_STACK = SA_ONSTACK;

} // namespace

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
    { "a coroutine (ucontext) that is never resumed", abandon, false, way::GIVEN_UP },
    { "a coroutine (ucontext) that is resumed", resume, false, way::COMES_BACK },
    { "a coroutine (setjmp) that is resumed", resume_by_jump, false, way::COMES_BACK },
#ifdef __x86_64__
    { "a coroutine (own code) that is never resumed", start_by_hand, false, way::GIVEN_UP },
    { "a coroutine (own code) that is resumed", resume_by_hand, false, way::COMES_BACK },
#endif
    { "pthread_exit", end_thread<by_pthread_exit>, false, way::ENDS_THREAD },
    { "deferred cancellation", end_thread<by_deferred_cancellation>, false, way::ENDS_THREAD },
    { "asynchronous cancellation", end_thread<by_asynchronous_cancellation>, false,
      way::ENDS_THREAD },
    { "exit", end_process<by_exit>, false, way::ENDS_PROCESS },
    { "_exit", end_process<by_underscore_exit>, false, way::ENDS_PROCESS },
    { "quick_exit", end_process<by_quick_exit>, false, way::ENDS_PROCESS },
};

const int n_ways = sizeof ways / sizeof ways[0];
