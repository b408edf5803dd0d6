/* SPDX-License-Identifier: MIT */
/*
 * See supervise.h. A second child, the cleaner, reads from a pipe that only this process can write
 * to. If the pipe is closed without a byte, this process has died, and the cleaner removes the
 * file. The cleaner has a session of its own, so a signal to the process group does not reach it.
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
    struct sigaction child_action; /* of the caller, for the child */
} state = { .pipe = -1 };

/* Return whether a signal is passed on. The terminal stops and continues the child itself, and a
   fault concerns this process only. */
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

/* SIGPIPE and SIGXFSZ, which the kernel sends for this process, are ignored: write() returns an
   error. */
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
    } else if (info->si_code <= 0) { /* not from the terminal, which signals the child too */
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
    /* If SIGCHLD is ignored, waitpid() returns no status. */
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
        /* The cleaner keeps the file if it reads a byte. */
        ssize_t written = write(state.pipe, "", 1);
        (void) written;
        close(state.pipe);
        while (state.cleaner > 0 && waitpid(state.cleaner, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    cli_supervise_hold(false);
}
