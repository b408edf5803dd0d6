/* SPDX-License-Identifier: MIT */
/*
 * See supervise.h. A second child, the cleaner, waits at a pipe that only this process can write
 * to: when nobody is left who can, it removes the file. It has a session of its own, so that a
 * signal for the whole process group spares it.
 */
#define _GNU_SOURCE
#include "cli/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    const char *path;
    pid_t child; /* atomic: 0 while there is none */
    pid_t cleaner;
    int pipe; /* to the cleaner, or -1 */
    sigset_t mask;
    struct sigaction child_action; /* what SIGCHLD did before */
} state = { .pipe = -1 };

/* Stopping and continuing is the terminal's business; a fault is this process's own. */
static bool is_passed_on(int number)
{
    static const int others[] = { SIGKILL, SIGSTOP, SIGCHLD,  SIGCONT, SIGTSTP, SIGTTIN,
                                  SIGTTOU, SIGURG,  SIGWINCH, SIGSEGV, SIGBUS,  SIGFPE,
                                  SIGILL,  SIGTRAP, SIGABRT,  SIGSYS };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (number == others[i])
            return false;
    return true;
}

/* The kernel sends SIGPIPE and SIGXFSZ in this process's own name: write() returns their reason. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    (void) context;
    int saved = errno;
    pid_t child = __atomic_load_n(&state.child, __ATOMIC_RELAXED);
    if (info->si_code == SI_USER && info->si_pid == getpid())
        return;
    if (child == 0) {
        unlink(state.path);
        signal(number, SIG_DFL);
        raise(number);
    } else if (info->si_code <= 0) { /* what a terminal sends, the child gets by itself */
        kill(child, number);
    }
    errno = saved;
}

static void handle_signals(void)
{
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
    for (int number = 1; number <= SIGRTMAX; number++) {
        struct sigaction old;
        if (is_passed_on(number) && sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(number, &action, NULL);
    }
    /* A process that ignores SIGCHLD never learns how its children end. */
    sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, &state.child_action);
}

static _Noreturn void clean(int fd)
{
    char byte;
    ssize_t n;
    setsid();
    do
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        unlink(state.path);
    _exit(0);
}

void cli_supervise_begin(const char *path)
{
    sigset_t all;
    int ends[2];
    state.path = path;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &state.mask);
    handle_signals();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    state.cleaner = fork();
    if (state.cleaner == 0) {
        close(ends[1]);
        clean(ends[0]);
    }
    close(ends[0]);
    state.pipe = ends[1];
}

bool cli_supervise(void (*execute)(void *arg), void *arg, int *status)
{
    pid_t child = fork();
    int error = errno;
    if (child == 0) {
        sigaction(SIGCHLD, &state.child_action, NULL);
        sigprocmask(SIG_SETMASK, &state.mask, NULL);
        execute(arg);
    }
    bool ended = false;
    if (child > 0) {
        __atomic_store_n(&state.child, child, __ATOMIC_RELAXED);
        sigprocmask(SIG_SETMASK, &state.mask, NULL);
        do
            ended = waitpid(child, status, 0) == child;
        while (!ended && errno == EINTR);
        error = errno;
        __atomic_store_n(&state.child, 0, __ATOMIC_RELAXED);
    }
    errno = error;
    return ended;
}

void cli_supervise_hold(bool hold)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, hold ? &all : &state.mask, NULL);
}

void cli_supervise_end(bool keep)
{
    if (!keep)
        unlink(state.path);
    if (state.pipe >= 0) {
        /* It removes the file only if nothing comes. */
        ssize_t written = write(state.pipe, "", 1);
        (void) written;
        close(state.pipe);
        while (state.cleaner > 0 && waitpid(state.cleaner, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    cli_supervise_hold(false);
}
