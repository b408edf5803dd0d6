/* SPDX-License-Identifier: MIT */
/*
 * Ways to start another process: fork, vfork, posix_spawn, exec and clone. Each makes a known
 * number of allocations; see processes.c.
 */
#define _GNU_SOURCE
#include "processes.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) != pid)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int by_fork(void)
{
    void *block = take(5);
    pid_t pid = fork();
    if (pid == 0) {
        free(block);
        take(10);
        _exit(2);
    }
    free(take(1));
    return wait_for(pid);
}

/* The grandchild is a copy of a copy. */
static int by_fork_of_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        take(2);
        pid_t next = fork();
        if (next == 0) {
            take(4);
            exit(0);
        }
        exit(wait_for(next));
    }
    return wait_for(pid);
}

enum { N_CHILDREN = 100, N_FORKERS = 4 };

static void fork_many(int n)
{
    for (int i = 0; i < n; i++) {
        if (fork() == 0) {
            take(3);
            _exit(0);
        }
    }
}

static int by_many(void)
{
    fork_many(N_CHILDREN);
    while (wait(NULL) > 0)
        ;
    return 0;
}

static void *fork_in_thread(void *arg)
{
    fork_many(N_CHILDREN / N_FORKERS);
    return arg;
}

static int by_many_threads(void)
{
    pthread_t threads[N_FORKERS];
    for (int i = 0; i < N_FORKERS; i++)
        pthread_create(&threads[i], NULL, fork_in_thread, NULL);
    for (int i = 0; i < N_FORKERS; i++)
        pthread_join(threads[i], NULL);
    while (wait(NULL) > 0)
        ;
    return 0;
}

/* The parent ends first. The child keeps standard output open and goes on. */
static int by_leaving_a_child(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        return 1;
    take(1);
    if (fork() == 0) {
        char byte;
        close(ends[1]);
        while (read(ends[0], &byte, 1) != 0)
            ;
        take(6);
        exit(0);
    }
    return 0;
}

static int by_daemon(void)
{
    take(1);
    if (daemon(1, 1) != 0)
        return 1;
    take(6);
    return 0;
}

static int by_killed_child(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        take(8);
        raise(SIGKILL);
    }
    return wait_for(pid) == 128 + SIGKILL ? 0 : 1;
}

static char *again[] = { "again", "return", NULL };

static int by_vfork(void)
{
    take(1);
    pid_t pid = vfork();
    if (pid == 0) {
        execve("/nonexistent", again, environ);
        execve(self, again, environ);
        _exit(9);
    }
    return wait_for(pid);
}

static int by_vfork_without_exec(void)
{
    take(1);
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    take(2);
    return wait_for(pid);
}

static int by_spawn(void)
{
    pid_t pid;
    take(1);
    if (posix_spawn(&pid, self, NULL, NULL, again, environ) != 0)
        return 1;
    return wait_for(pid);
}

static int by_spawn_that_fails(void)
{
    pid_t pid;
    take(1);
    return posix_spawn(&pid, "/nonexistent", NULL, NULL, again, environ) == 0;
}

/* The parent ends before the child starts. */
static int by_spawn_and_leave(void)
{
    pid_t pid;
    return posix_spawn(&pid, self, NULL, NULL, again, environ);
}

static int by_exec(void)
{
    take(1);
    execl(self, "again", "return", (char *) NULL);
    return 9;
}

static int by_exec_with_environment(void)
{
    char *environment[64] = { "EXTRA=1" };
    for (int i = 0; i < 62 && environ[i]; i++)
        environment[i + 1] = environ[i];
    take(1);
    execle(self, "again", "return", (char *) NULL, environment);
    return 9;
}

static int by_exec_of_descriptor(void)
{
    take(1);
    int fd = open(self, O_RDONLY | O_CLOEXEC);
    fexecve(fd, again, environ);
    return 9;
}

/* The failed calls leave no trace. */
static int by_exec_that_fails(void)
{
    take(1);
    execl("/etc/passwd", "passwd", (char *) NULL);
    execl(getenv("NOT_A_PROGRAM"), "none", (char *) NULL);
    take(1);
    return 0;
}

/* After the failed call the process is still the same one. */
static int by_exec_that_fails_and_kill(void)
{
    take(1);
    execl(getenv("NOT_A_PROGRAM"), "none", (char *) NULL);
    take(1);
    return raise(SIGKILL);
}

static int by_exec_in_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl(self, "again", "return", (char *) NULL);
        _exit(9);
    }
    return wait_for(pid);
}

static int by_exec_after_take_in_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        take(2);
        execlp(self, "again", "return", (char *) NULL);
        _exit(9);
    }
    return wait_for(pid);
}

static int by_exec_without_environment(void)
{
    char *nothing[] = { NULL };
    pid_t pid = fork();
    if (pid == 0) {
        execve(self, again, nothing);
        _exit(9);
    }
    return wait_for(pid);
}

/* The parent ends by a signal. Its child shares its memory, or was made without libc, and ended
   before: the status of the child must not become the status of the parent. */
static int after_child(pid_t child)
{
    waitpid(child, NULL, 0);
    take(2);
    return raise(SIGKILL);
}

static int by_vforked_child(void)
{
    pid_t child = vfork();
    if (child == 0)
        _exit(9);
    return after_child(child);
}

static int leave_with(void *arg)
{
    _exit(*(int *) arg);
}

static int by_cloned_child(void)
{
    static char stack[65536] __attribute__((aligned(64)));
    static int status = 9;
    return after_child(
        clone(leave_with, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &status));
}

static int by_bare_fork(void)
{
    pid_t child = (pid_t) syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        take(3);
        _exit(9);
    }
    return after_child(child);
}

const struct way ways_to_start[] = {
    { "fork", by_fork },
    { "fork_of_fork", by_fork_of_fork },
    { "many", by_many },
    { "many_threads", by_many_threads },
    { "leaving_a_child", by_leaving_a_child },
    { "daemon", by_daemon },
    { "killed_child", by_killed_child },
    { "vfork", by_vfork },
    { "vfork_without_exec", by_vfork_without_exec },
    { "spawn", by_spawn },
    { "spawn_that_fails", by_spawn_that_fails },
    { "spawn_and_leave", by_spawn_and_leave },
    { "exec", by_exec },
    { "exec_with_environment", by_exec_with_environment },
    { "exec_of_descriptor", by_exec_of_descriptor },
    { "exec_that_fails", by_exec_that_fails },
    { "exec_that_fails_and_kill", by_exec_that_fails_and_kill },
    { "exec_in_fork", by_exec_in_fork },
    { "exec_after_take_in_fork", by_exec_after_take_in_fork },
    { "exec_without_environment", by_exec_without_environment },
    { "vforked_child", by_vforked_child },
    { "cloned_child", by_cloned_child },
    { "bare_fork", by_bare_fork },
};

const size_t n_ways_to_start = sizeof ways_to_start / sizeof ways_to_start[0];
